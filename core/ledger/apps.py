from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "core.ledger"
    label = "ledger"

    def ready(self) -> None:
        from core.accounts.access import withhold
        from core.ledger import buckets, seals, tallies

        withhold(rights=seals.METRICS, owed=seals.unlifted, template="ledger/sealed.html")
        buckets.register(buckets.Scope(tallies.SCOPE, tallies.store))
