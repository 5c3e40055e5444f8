from django.urls import URLPattern, URLResolver, path

from annotate.views import anchors, campaigns, comparisons, keys, overview, pictures, rating, reports, said

urlpatterns: list[URLPattern | URLResolver] = [
    path("me/keys/", keys.keys, name="keys"),
    path("me/keys/switch/", keys.keys_switch, name="keys_switch"),
    path("p/<slug:slug>/overview/", overview.overview, name="overview"),
    path("p/<slug:slug>/anchors/", anchors.anchor_list, name="anchor_list"),
    path("p/<slug:slug>/campaigns/", campaigns.campaign_list, name="campaign_list"),
    path("p/<slug:slug>/campaigns/new/", campaigns.campaign_new, name="campaign_new"),
    path("p/<slug:slug>/campaigns/<slug:name>/", campaigns.campaign_detail, name="campaign_detail"),
    path("p/<slug:slug>/campaigns/<slug:name>/edit/", campaigns.campaign_edit, name="campaign_edit"),
    path("p/<slug:slug>/campaigns/<slug:name>/state/", campaigns.campaign_state, name="campaign_state"),
    path("p/<slug:slug>/campaigns/<slug:name>/preview/", campaigns.campaign_preview, name="campaign_preview"),
    path("p/<slug:slug>/campaigns/<slug:name>/pictures/", pictures.campaign_pictures, name="campaign_pictures"),
    path(
        "p/<slug:slug>/campaigns/<slug:name>/pictures/<slug:picture>.<str:kind>",
        pictures.campaign_picture_file,
        name="campaign_picture_file",
    ),
    path("p/<slug:slug>/comparisons/", comparisons.comparison_list, name="comparison_list"),
    path("p/<slug:slug>/comparisons/<uuid:pk>/", comparisons.comparison_detail, name="comparison_detail"),
    path("p/<slug:slug>/rate/", rating.rate_home, name="rate_home"),
    path("p/<slug:slug>/rate/<slug:name>/", rating.rate, name="rate"),
    path("p/<slug:slug>/rate/<slug:name>/beat/", rating.rate_beat, name="rate_beat"),
    path("p/<slug:slug>/rate/<slug:name>/draft/", rating.rate_draft, name="rate_draft"),
    path("p/<slug:slug>/rate/<slug:name>/skip/", rating.rate_skip, name="rate_skip"),
    path("p/<slug:slug>/rate/<slug:name>/report/", rating.rate_report, name="rate_report"),
    path("p/<slug:slug>/rate/<slug:name>/undo/", rating.rate_undo, name="rate_undo"),
    path("p/<slug:slug>/rate/<slug:name>/guideline/", rating.guideline, name="guideline"),
    path("p/<slug:slug>/rate/<slug:name>/said/", said.rate_said, name="rate_said"),
    path("p/<slug:slug>/rate/<slug:name>/said/<uuid:token>/", said.rate_said_one, name="rate_said_one"),
    path("p/<slug:slug>/reports/", reports.report_list, name="report_list"),
    path("p/<slug:slug>/reports/<uuid:pk>/", reports.report_decide, name="report_decide"),
]
