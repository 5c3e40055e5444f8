"""The dataset card: what is in an export, for people and for the `datasets` library."""

import json
import re
from collections.abc import Mapping
from typing import Any

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def card(
    manifest: Mapping[str, Any], *, tags: tuple[str, ...], about: str, columns: Mapping[str, str], suffix: str
) -> str:
    """README.md of an export: YAML for the library, then words."""
    size = next((name for most, name in _SIZES if manifest["rows"] < most), "n>1M")
    lines = [
        "---",
        f"pretty_name: {json.dumps(_title(manifest))}",
        "tags:",
        *(f"  - {tag}" for tag in ("plumbline", *tags, *(("simulated",) if manifest["simulated"] else ()))),
        "size_categories:",
        f"  - {size}",
        "configs:",
        "  - config_name: default",
        "    data_files:",
        "      - split: train",
        f"        path: data-*.{suffix}",
        "---",
        "",
        f"# {_title(manifest)}",
        "",
        about,
        "",
        *_warning(manifest),
        f"{manifest['rows']:,} rows in {len(manifest['shards'])} files, from the snapshot `{manifest['snapshot']}` "
        f"taken at {manifest['cut']}. `manifest.json` has the options, the counts and the checksums; "
        "`sha256sum -c SHA256SUMS` checks the files.",
        "",
        "## Columns",
        "",
        "| column | what it is |",
        "|---|---|",
        *(f"| `{name}` | {words} |" for name, words in columns.items()),
        "",
        *_rewards(manifest["options"].get("reward")),
        *_in_doubt(manifest["options"]),
        "## Left out",
        "",
        *_left_out(manifest),
        "",
        "## Licence and people",
        "",
        "The licence is that of the prompts and responses, which their owner must add here. Authors of judgments "
        "appear under random pseudonyms; neither names nor addresses are in these files.",
        "",
    ]
    return "\n".join(lines)


def _title(manifest: Mapping[str, Any]) -> str:
    of = f"{manifest['project']}/{manifest['campaign']}" if manifest["campaign"] else str(manifest["project"])
    return f"{of}: {manifest['format']}"


def _warning(manifest: Mapping[str, Any]) -> list[str]:
    if not manifest["simulated"]:
        return []
    return [
        "**Simulated judgments are among these.** They were made by a program with known biases, to try things out; "
        "nothing should be trained on them.",
        "",
    ]


def _rewards(reward: Mapping[str, Any] | None) -> list[str]:
    if reward is None:
        return []
    return [
        "## Margin and reward weight",
        "",
        f"By the recipe `{reward['recipe']}`, version {reward['version']}, with the scores of the pool "
        f"`{reward['pool_name']}`. The margin of a pair is the sum over the recipe's signals of coefficient × (score "
        "of the chosen answer − score of the rejected one); a coefficient is the signal's weight divided by its "
        "standard deviation within prompts of the pool. `reward_weight` is 1 / (1 + exp(−margin)): above a half the "
        "recipe prefers the answer that was chosen, below a half the other one. Both are null where an answer is not "
        "in the pool or a score is missing; leave such rows out before you train with them.",
        "",
        "| signal | coefficient |",
        "|---|---|",
        *(f"| `{signal}` | {value:.6g} |" for signal, value in reward["coefficients"].items()),
        "",
    ]


def _in_doubt(options: Mapping[str, Any]) -> list[str]:
    """What became of users' thumbs on which an alarm cast doubt when the export was made."""
    windows = options.get("windows")
    if not windows:
        return []
    included = options.get("doubted_thumbs") == "include"
    return [
        "## Thumbs in doubt",
        "",
        "Alarms said that users' thumbs had begun to reward something else than before. "
        + ("**Thumbs from these times were not left out**" if included else "No thumb from these times is here")
        + (f", for this reason: {_on_one_line(options['doubted_reason'])}" if included else "."),
        "",
        "| alarm | monitor | from | until |",
        "|---|---|---|---|",
        *(
            f"| `{window['alarm']}` | {window['monitor']} | {window['from']} | {window['until'] or 'it still stands'} |"
            for window in windows
        ),
        "",
    ]


def _on_one_line(text: str) -> str:
    """Words that somebody wrote, as words: neither Markdown nor HTML."""
    return re.sub(r"[\\`*_\[\]<>&#|~]", r"\\\g<0>", " ".join(text.split()))


def _left_out(manifest: Mapping[str, Any]) -> list[str]:
    dropped = {reason: count for reason, count in sorted(manifest["dropped"].items()) if count}
    if not dropped:
        return ["Nothing."]
    return ["| reason | how many |", "|---|---|", *(f"| {reason} | {count:,} |" for reason, count in dropped.items())]
