from dataclasses import replace

import numpy as np
import pytest

from stats.thumbed import FACTORS, Codes, Thumbed


def thumbs(segment: list[str], up: list[float] | None = None) -> Thumbed:
    n = len(segment)
    factors = {name: Codes.of(segment if name == "segment" else ["x"] * n) for name in FACTORS}
    column = np.zeros(n)
    return Thumbed(
        up=np.array(up) if up else column,
        sycophantic=column,
        correct=column,
        warm=column,
        good=column,
        factors=factors,
        user=np.arange(n),
        at=column,
    )


def test_an_empty_name_is_a_level_that_is_not_known() -> None:
    codes = Codes.of(["teen", "", "adult"])
    assert codes.levels == ("adult", "teen")
    assert codes.code.tolist() == [1, -1, 0]
    assert codes.names().tolist() == ["teen", "", "adult"]


def test_codes_are_found_among_other_levels() -> None:
    assert Codes.of(["teen", "", "adult"]).on(("teen", "old")).tolist() == [0, -1, -2]


def test_joined_streams_keep_the_names_of_their_levels() -> None:
    both = Thumbed.joined(thumbs(["teen", "adult"]), thumbs(["old", "teen", ""]))
    assert both.factors["segment"].names().tolist() == ["teen", "adult", "old", "teen", ""]
    assert len(both) == 5


def test_a_part_and_a_choice_of_events_take_every_column() -> None:
    whole = thumbs(["a", "b", "c"], up=[1, 0, 1])
    assert whole.part(1, 3).factors["segment"].names().tolist() == ["b", "c"]
    assert whole.where(whole.up == 1).factors["segment"].names().tolist() == ["a", "c"]
    assert len(whole.part(1, 3)) == 2


def test_when_thumbs_were_given_goes_along_where_all_parts_know_it() -> None:
    known = replace(thumbs(["a", "b"]), said=np.array([5.0, 7.0]))
    joined = Thumbed.joined(known, known)
    assert joined.said is not None
    assert joined.part(1, 3).said is not None
    assert joined.said.tolist() == [5, 7, 5, 7]
    assert Thumbed.joined(known, thumbs(["a"])).said is None
    with pytest.raises(ValueError, match="one length"):
        replace(known, said=np.array([5.0]))


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        thumbs(["a", "b"], up=[1.0])


def test_more_levels_than_codes_can_tell_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="32768 levels"):
        Codes.of(np.arange(32_768).astype(str))
