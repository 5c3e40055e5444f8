from django.urls import URLPattern, path

from annotate.api import campaigns, comparisons

urlpatterns: list[URLPattern] = [
    path("campaigns/", campaigns.CampaignList.as_view(), name="api_campaign_list"),
    path("campaigns/<slug:name>/", campaigns.CampaignDetail.as_view(), name="api_campaign_detail"),
    path("comparisons/", comparisons.ComparisonList.as_view(), name="api_comparison_list"),
    path("comparisons/<uuid:id>/", comparisons.ComparisonDetail.as_view(), name="api_comparison_detail"),
]
