"""`export_preferences`: a snapshot of what was said, in a form that a trainer takes."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.models import Campaign
from core.accounts.models import Project
from exchange.exporting import export, write_again
from exchange.files.kinds import FILES
from exchange.formats.writers import WRITERS
from exchange.models import Snapshot
from exchange.rewards import RewardFault, reward_of
from exchange.selection import INCLUDE, LEAVE_OUT, REFUSE, STYLES, Selection
from exchange.selectors import snapshots_called
from exchange.shards import ExportFault

_DOUBTED = {"leave_out_drifted_thumbs": LEAVE_OUT, "include_drifted_thumbs": INCLUDE}


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f"{text} is not a number of votes; use 1 or more")
    return number


class Command(BaseCommand):
    help = (
        "Writes a snapshot to a folder: rows in shards, manifest.json, a dataset card and checksums. What is exported "
        "can no longer be undone by its author. An export that fails leaves nothing. With --snapshot, the files of an "
        "earlier one again, with the same bytes. docs/formats.md describes the formats."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument(
            "--format", choices=sorted(WRITERS), help="what a row is; needed unless --snapshot is given"
        )
        parser.add_argument("--out", required=True, metavar="DIR", type=Path, help="a new folder, or an earlier export")
        parser.add_argument(
            "--snapshot",
            metavar="ID",
            help="write this snapshot again; its id, or the first 8 or more digits of its hash",
        )
        parser.add_argument("--file", choices=FILES, default="jsonl", help="the kind of file; jsonl unless you say so")
        parser.add_argument(
            "--spreadsheet", action="store_true", help="csv: safe to open in a spreadsheet program, no longer lossless"
        )
        parser.add_argument("--campaign", metavar="NAME", help="only comparisons that are tasks of this campaign")
        parser.add_argument("--include-simulated", action="store_true", help="judgments of simulations too")
        parser.add_argument("--style", choices=STYLES, default=STYLES[0], help="dpo, kto: messages, or plain text")
        parser.add_argument(
            "--min-votes", type=_positive, default=1, metavar="N", help="dpo: leave out pairs with fewer"
        )
        parser.add_argument(
            "--recipe", metavar="NAME", help="dpo: margin and reward_weight of each pair by this recipe, as it is now"
        )
        parser.add_argument("--pool", metavar="NAME", help="with --recipe: the pool with the scores; else the newest")
        parser.add_argument("--words", action="store_true", help="raw: people's rationales too")
        doubted = parser.add_mutually_exclusive_group()
        doubted.add_argument(
            "--leave-out-drifted-thumbs",
            action="store_true",
            help="kto, raw: without the users' thumbs on which an alarm casts doubt; otherwise they are refused",
        )
        doubted.add_argument(
            "--include-drifted-thumbs", action="store_true", help="kto, raw: with them all the same; say why"
        )
        parser.add_argument("--reason", metavar="TEXT", default="", help="with --include-drifted-thumbs: why")
        parser.add_argument("--json", action="store_true", help="print what was done as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            snapshot = _again(options) if options["snapshot"] else _export(options)
        except ExportFault as fault:
            raise CommandError(str(fault), returncode=1) from None
        manifest = snapshot.manifest or {}
        if options["json"]:
            self.stdout.write(json.dumps({"out": str(options["out"]), **manifest}))
            return
        left = ", ".join(f"{count:,} {reason}" for reason, count in manifest["dropped"].items() if count)
        self.stdout.write(
            f"{_many(manifest['rows'], 'row')} in {_many(len(manifest['shards']), 'file')} in {options['out']}"
            + (f" (left out: {left})." if left else ".")
        )


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _project(options: dict[str, Any]) -> Project:
    project = Project.objects.filter(slug=options["project"]).first()
    if project is None:
        raise ExportFault(f"--project {options['project']}: there is no such project; check its short name.")
    return project


def _again(options: dict[str, Any]) -> Snapshot:
    project, name = _project(options), options["snapshot"]
    said = ("format", "campaign", "include_simulated", "spreadsheet", "words", "recipe", "pool", *_DOUBTED)
    if any(options[option] for option in said) or options["file"] != "jsonl":
        raise ExportFault("--snapshot writes what the snapshot was made of; leave out what says what to export.")
    found = snapshots_called(project, name)
    if len(found) != 1:
        what = "more than one snapshot" if found else "no snapshot"
        raise ExportFault(f"--snapshot {name}: the project has {what} that is ready under this id or hash.")
    write_again(snapshot=found[0], out=options["out"])
    return found[0]


def _export(options: dict[str, Any]) -> Snapshot:
    project = _project(options)
    if not options["format"]:
        raise ExportFault("Say with --format what a row is, or with --snapshot what to write again.")
    if options["spreadsheet"] and options["file"] != "csv":
        raise ExportFault("--spreadsheet goes with --file csv.")
    campaign = None
    if options["campaign"]:
        campaign = Campaign.objects.filter(project=project, name=options["campaign"]).first()
        if campaign is None:
            raise ExportFault(f"--campaign {options['campaign']}: the project has no such campaign; check its name.")
    selection = Selection(
        project=project.pk,
        campaign=campaign.pk if campaign else None,
        include_simulated=options["include_simulated"],
        style=options["style"],
        min_votes=options["min_votes"],
        reward=_reward(project, options),
        words=options["words"],
        file=options["file"],
        spreadsheet=options["spreadsheet"],
        doubted_thumbs=_doubted(options),
        doubted_reason=options["reason"],
    )
    return export(project=project, format=options["format"], selection=selection, out=options["out"], campaign=campaign)


def _doubted(options: dict[str, Any]) -> str:
    said = next((option for option in _DOUBTED if options[option]), None)
    if said is not None and "doubted_thumbs" not in WRITERS[options["format"]].options:
        raise ExportFault(f"--{said.replace('_', '-')} goes with a format of thumbs, and {options['format']} is none.")
    if options["reason"] and said != "include_drifted_thumbs":
        raise ExportFault("--reason goes with --include-drifted-thumbs.")
    return _DOUBTED[said] if said else REFUSE


def _reward(project: Project, options: dict[str, Any]) -> dict[str, Any] | None:
    if options["recipe"] is None:
        if options["pool"] is not None:
            raise ExportFault("--pool goes with --recipe.")
        return None
    if "reward" not in WRITERS[options["format"]].options:
        raise ExportFault(f"--recipe goes with a format of pairs, and {options['format']} is none.")
    try:
        return reward_of(project=project, recipe=options["recipe"], pool=options["pool"] or "")
    except RewardFault as fault:
        raise ExportFault(f"--{fault.field} {fault}") from None
