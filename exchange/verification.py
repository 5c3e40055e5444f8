"""What must hold of exports at any moment; `verify` asks."""

from collections.abc import Iterator

from core.tables.verification import Finding, check, found


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
