"""The refit behind an alarm: against a plain fit, with users who are alike, and where little is known."""

from dataclasses import replace

import numpy as np
import pytest

from scenarios.driftworlds import UNLIKE, series, stream
from stats.clustering import Way, robust
from stats.explaining.attributing import LEAST, attribution
from stats.explaining.naming import EVERYWHERE, Place
from stats.explaining.scored import Scored, scored
from stats.logistic import Design, fit
from stats.monitoring.coefficients import BIAS, MEMORY
from stats.monitoring.scoring import Scorer, fitted
from stats.multiplicity import holm
from stats.thumbed import FACTORS

MANY = ("segment", "domain", "language")
"""Factors with more than two levels."""


@pytest.fixture(scope="module")
def known() -> tuple[Scorer, Scored, Scored]:
    rng = np.random.default_rng(3)
    reference = stream(UNLIKE, 6000, rng)
    scorer = fitted(BIAS.question, reference)
    after = series([(UNLIKE.drifting(1.0, ("segment", "companion")), 5000)], rng)
    return scorer, scored(scorer, reference), scored(scorer, after)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_level_that_changed_comes_first_with_the_truth_in_its_interval(
    known: tuple[Scorer, Scored, Scored],
) -> None:
    scorer, reference, after = known
    named = Place("segment", "companion")
    rows = attribution(reference, after, scorer.levels, first=named)
    assert [row.where for row in rows[:2]] == [named, EVERYWHERE]
    first = rows[0]
    assert abs(first.delta - 1.0) < 1.96 * first.se
    assert first.p_adjusted < 0.01
    assert first.n == int((after.codes["segment"] == scorer.levels["segment"].index("companion")).sum())
    assert rows[1].n == len(after)
    others = [row.delta / row.se for row in rows[2:]]
    assert others == sorted(others, reverse=True)
    # A factor with two levels asks one question, and has one row.
    factors = [row.where.factor for row in rows]
    assert {name: factors.count(name) for name in set(factors)} == {
        "segment": 3,
        "arm": 1,
        "memory": 1,
        "domain": 4,
        "language": 3,
        "solicited": 1,
        "everywhere": 1,
    }


def test_a_row_is_what_a_plain_fit_of_all_columns_gives(known: tuple[Scorer, Scored, Scored]) -> None:
    scorer, reference, after = known
    rows = attribution(reference, after, scorer.levels, first=EVERYWHERE)
    assert rows[0].where == EVERYWHERE
    both = reference.rows, after.rows
    s = np.concatenate([one.cause for one in both])
    since = np.repeat([0.0, 1.0], [len(reference), len(after)])
    health = scorer.levels["domain"].index("health")
    here = np.concatenate([one.codes["domain"] == health for one in both]).astype(float)
    columns = {"constant": np.ones(len(s)), "s": s, "since": since, "s since": s * since, "here s": here * s}
    columns |= {name: np.concatenate([one.columns[name] for one in both]) for name in ("correct", "warm")}
    for name, levels in scorer.levels.items():
        code = np.concatenate([one.codes[name] for one in both])
        for level in range(1, len(levels)):
            columns[f"{name} {level}"] = (code == level).astype(float)
            if name in ("segment", "memory", "arm"):
                columns[f"s {name} {level}"] = s * (code == level)
    columns |= {"here since": here * since, "asked": here * since * s}
    design = Design.of(columns, np.concatenate([one.outcome for one in both]))
    plain = fit(design)
    user = np.concatenate([reference.user, after.user])
    covariance = robust(design, plain, [Way("users", user)], jackknife=False).covariance
    row = next(row for row in rows if row.where == Place("domain", "health"))
    asked = plain.names.index("asked")
    assert row.delta == pytest.approx(plain.coefficients[asked], abs=1e-3)
    assert row.se == pytest.approx(covariance[asked, asked] ** 0.5, rel=1e-3)


def test_of_two_levels_one_is_the_other_turned_around(known: tuple[Scorer, Scored, Scored]) -> None:
    scorer, reference, after = known
    rows = [
        next(
            row
            for row in attribution(reference, after, scorer.levels, first=Place("memory", level), skipped=MANY)
            if row.where.factor == "memory"
        )
        for level in ("off", "on")
    ]
    assert [row.where.level for row in rows] == ["off", "on"]
    assert rows[1].delta == -rows[0].delta
    assert rows[1].se == rows[0].se
    assert rows[0].n + rows[1].n == len(after)
    # The rise is no larger at either; the row without a name is that of the level with the larger one.
    plain = attribution(reference, after, scorer.levels, first=EVERYWHERE, skipped=MANY)
    assert len(plain) == 4
    assert all(row.delta >= 0 for row in plain if len(scorer.levels.get(row.where.factor, ())) == 2)


def test_thumbs_of_one_user_count_as_one_voice(known: tuple[Scorer, Scored, Scored]) -> None:
    scorer, reference, after = known
    few = [one.where(np.arange(len(one)) < 2000) for one in (reference, after)]
    apart = [replace(one, user=np.arange(len(one)) + 10_000 * place) for place, one in enumerate(few)]
    # Two copies of everything say twice as much, unless they are the same people's.
    copied = [one.where(np.repeat(np.arange(len(one)), 2)) for one in apart]  # type: ignore[arg-type]
    once = attribution(*apart, scorer.levels, first=EVERYWHERE, skipped=FACTORS)[0]
    again = attribution(*copied, scorer.levels, first=EVERYWHERE, skipped=FACTORS)[0]
    assert again.delta == pytest.approx(once.delta, rel=1e-3)
    assert again.se == pytest.approx(once.se, rel=1e-3)


def test_levels_of_which_too_little_came_have_no_row(known: tuple[Scorer, Scored, Scored]) -> None:
    scorer, reference, after = known
    teen = scorer.levels["segment"].index("teen")
    few = np.flatnonzero(after.codes["segment"] == teen)[LEAST - 1 :]
    rows = attribution(reference, after.where(~np.isin(np.arange(len(after)), few)), scorer.levels, first=EVERYWHERE)
    assert Place("segment", "teen") not in {row.where for row in rows}
    assert Place("segment", "adult") in {row.where for row in rows}
    nothing = after.where(np.arange(len(after)) < 20)
    assert attribution(reference, nothing, scorer.levels, first=EVERYWHERE) == []


def test_of_very_many_events_those_around_the_change_are_read(known: tuple[Scorer, Scored, Scored]) -> None:
    scorer, reference, after = known
    near = (
        reference.where(np.arange(len(reference)) >= len(reference) - 3000),
        after.where(np.arange(len(after)) < 3000),
    )
    rows = attribution(reference, after, scorer.levels, first=EVERYWHERE, most=3000, skipped=MANY)
    assert rows == attribution(*near, scorer.levels, first=EVERYWHERE, skipped=MANY)
    assert rows[0].n == 3000


def test_the_factor_that_is_asked_about_can_be_left_out() -> None:
    rng = np.random.default_rng(5)
    reference = stream(UNLIKE, 6000, rng)
    scorer = fitted(MEMORY.question, reference)
    before, after = scored(scorer, reference), scored(scorer, stream(UNLIKE.drifting(0.8, ("memory", "on")), 4000, rng))
    rows = attribution(before, after, scorer.levels, first=EVERYWHERE, skipped=("memory",))
    assert "memory" not in {row.where.factor for row in rows}
    assert abs(rows[0].delta - 0.8) < 1.96 * rows[0].se
