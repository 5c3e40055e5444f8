"""What must hold of exports at any moment; `verify` asks."""

from collections.abc import Iterator

from core.tables.verification import Finding, check, found
from exchange.models import Snapshot
from exchange.orders import folder_of
from exchange.shards import differing


@check("every export was cut before it was read")
def exports_have_cuts() -> Iterator[Finding]:
    """Without its cut, authors could take back what an export holds."""
    yield from found(
        "every export was cut before it was read",
        "exchange_snapshot",
        """
        SELECT s.id FROM exchange_snapshot s
        WHERE s.state = 'ready' AND NOT EXISTS (
            SELECT FROM ledger_exportcut c
            WHERE c.snapshot = s.id AND c.project_id = s.project_id AND c.taken_at = s.cut)
        """,
        "ready, but the cut it names was never taken",
    )


@check("every finished export has its manifest")
def exports_have_manifests() -> Iterator[Finding]:
    yield from found(
        "every finished export has its manifest",
        "exchange_snapshot",
        "SELECT id FROM exchange_snapshot WHERE state = 'ready' AND (manifest IS NULL OR digest IS NULL)",
        "ready, but it has no manifest or no digest",
    )


@check("the files of every export are those of its manifest")
def export_files_match_manifests() -> Iterator[Finding]:
    """Of exports whose files are kept here; those that a command wrote elsewhere can be checked with SHA256SUMS."""
    name = "the files of every export are those of its manifest"
    for snapshot in Snapshot.objects.filter(state=Snapshot.State.READY).exclude(path="").order_by("pk").iterator():
        if snapshot.manifest is not None:
            for fault in differing(folder_of(snapshot), snapshot.manifest):
                yield Finding(
                    check=name,
                    table="exchange_snapshot",
                    row=str(snapshot.pk),
                    message=f"{fault}; write the export again to have it whole",
                )


@check("every finished export bears the hash of its manifest")
def exports_bear_their_hash() -> Iterator[Finding]:
    yield from found(
        "every finished export bears the hash of its manifest",
        "exchange_snapshot",
        """
        SELECT s.id FROM exchange_snapshot s
        WHERE s.state = 'ready' AND s.manifest IS NOT NULL AND s.digest IS NOT NULL AND s.digest <> (
            sha256(convert_to((SELECT string_agg((f.value ->> 'sha256') || '  ' || (f.value ->> 'file') || E'\n', ''
                                                 ORDER BY f.ordinality)
                               FROM jsonb_array_elements(s.manifest -> 'shards') WITH ORDINALITY f), 'UTF8')))
        """,
        "ready, but its digest is not that of the checksums in its manifest",
    )
