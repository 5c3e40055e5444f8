"""Real data sets, where they lie beside the repository, and the library that trainers read exports with."""

import os
from pathlib import Path
from typing import Any

import pytest

from core.catalog.models import Comparison
from core.ledger.models import Actor, Judgment
from exchange.exporting import export
from exchange.importing import import_file
from exchange.selection import Selection

DATA = Path(os.environ.get("PLUMBLINE_DATA", Path(__file__).parents[3] / "shared" / "data"))


def data(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not there: name the folder of real data in PLUMBLINE_DATA")
    return path


def test_tulu_gives_995_comparisons_and_1149_votes(project: Any) -> None:
    path = data("tulu/comparisons.jsonl")
    outcome = import_file(path=path, project=project, campaign_name="tulu")
    assert (outcome.counts["new"], outcome.counts["votes_new"], outcome.counts["rejected"]) == (995, 1149, 0)
    assert Comparison.objects.filter(identical=True).count() == 36
    assert (Judgment.objects.count(), Actor.objects.count()) == (1149, 16)
    again = import_file(path=path, project=project, campaign_name="tulu")
    assert (again.counts["known"], again.counts["votes_known"], again.counts["votes_new"]) == (995, 1149, 0)


def test_hh_gives_2303_of_2312_pairs(project: Any) -> None:
    outcome = import_file(path=data("hh/harmless-base-test.jsonl.gz"), project=project, campaign_name="hh")
    assert outcome.format == "hh"
    assert (outcome.counts["rows"], outcome.counts["new"], outcome.counts["rejected"]) == (2312, 2303, 9)
    assert sorted(fault.code for fault in outcome.faults) == ["empty_response"] * 4 + ["prompt_differs"] * 5


def test_finegrained_gives_3000_comparisons(project: Any) -> None:
    outcome = import_file(path=data("finegrained/comparisons.jsonl"), project=project, campaign_name="finegrained")
    assert (outcome.counts["new"], outcome.counts["rejected"]) == (3000, 0)


@pytest.mark.parametrize("style", ["conversational", "standard"])
def test_the_datasets_library_reads_what_trl_expects(project: Any, tmp_path: Path, style: str) -> None:
    datasets = pytest.importorskip(
        "datasets", reason="install requirements/oracles.txt to read exports with `datasets`"
    )
    import_file(path=data("tulu/comparisons.jsonl"), project=project, campaign_name="tulu")
    export(project=project, format="dpo", selection=Selection(project=project.pk, style=style), out=tmp_path / "out")
    files = str(tmp_path / "out" / "data-*.jsonl")
    rows = datasets.load_dataset("json", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    assert rows.num_rows == 677
    assert rows.column_names[:3] == ["prompt", "chosen", "rejected"]
    expected = list if style == "conversational" else str
    assert all(isinstance(rows[0][name], expected) for name in ("prompt", "chosen", "rejected"))
