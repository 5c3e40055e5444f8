from allauth.account import views as account
from django.urls import include, path, re_path

# Of allauth's pages only these: nobody signs up unasked, and an address is not changed by its owner alone.
people = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-0-9A-Za-z]+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

urlpatterns = [
    path("", include("core.accounts.urls")),
    path("account/", include(people)),
    path("", include("core.endpoints.urls")),
    path("", include("reports.urls")),
    path("", include("alpha.urls")),
    path("", include("annotate.urls")),
    path("", include("abtest.urls")),
    path("", include("exchange.urls")),
    path("api/v1/", include("config.api")),
]

handler403 = "core.accounts.views.withheld.permission_denied"
handler500 = "config.health.server_error"
