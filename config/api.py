"""The API's addresses, collected from the apps. `/api/v1/` is said once, here."""

from django.urls import URLPattern, path, re_path

from abtest.api.urls import urlpatterns as abtest
from alpha.api.urls import urlpatterns as alpha
from annotate.api.urls import urlpatterns as annotate
from core.api import documents
from core.api.urls import urlpatterns as ground
from core.ledger.api import urlpatterns as ledger
from exchange.api.urls import urlpatterns as exchange
from reports.api.mixing import urlpatterns as mixing
from reports.api.urls import urlpatterns as reports

urlpatterns: list[URLPattern] = [
    path("schema/", documents.schema, name="api_schema"),
    path("docs/", documents.docs, name="api_reference"),
    *ground,
    *annotate,
    *abtest,
    *alpha,
    *ledger,
    *reports,
    *mixing,
    *exchange,
    re_path(r"^(?P<rest>.*)\Z", documents.nowhere, name="api_nowhere"),
]
