"""Campaigns over the API."""

from typing import Any, ClassVar

from django_filters import ChoiceFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate import campaigns
from annotate.models import Campaign
from annotate.selectors import progress
from core.accounts.access import Right
from core.accounts.models import Scope
from core.api.problems import Code, Problem
from core.api.schema import page_of
from core.api.serializers import Choice, Strict
from core.api.views import ANY_SCOPE, ListView, TokenView

# A draft is where a campaign begins; none goes back to it.
_STATES = [state.value for state in Campaign.State if state != Campaign.State.DRAFT]


class CampaignSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=Campaign.State.values)
    overlap = serializers.IntegerField(help_text="How many people judge each task.")
    pay = serializers.DecimalField(max_digits=10, decimal_places=4, help_text="For one judgment, in `currency`.")
    currency = serializers.CharField()
    purposes = serializers.ListField(child=serializers.CharField(), help_text="The label requests that it takes.")
    guideline_version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class ProgressSerializer(serializers.Serializer):
    """Places for judgments, by state now."""

    tasks = serializers.IntegerField()
    complete = serializers.IntegerField(help_text="Tasks whose places are all filled.")
    slots = serializers.IntegerField()
    filled = serializers.IntegerField()
    leased = serializers.IntegerField(help_text="With raters now.")
    open = serializers.IntegerField()


class CampaignDetailSerializer(CampaignSerializer):
    guideline = serializers.CharField()
    progress = ProgressSerializer()


class ChangeSerializer(Strict):
    state = Choice(choices=_STATES)


class CampaignFilters(FilterSet):
    state = ChoiceFilter(choices=Campaign.State.choices)


class CampaignList(ListView):
    scopes: ClassVar = {"GET": ANY_SCOPE}
    right = Right.MANAGE_CAMPAIGNS
    filters = CampaignFilters

    @extend_schema(responses=page_of(CampaignSerializer))
    def get(self, request: Request) -> Response:
        """The project's campaigns, newest first. An import makes the campaign that it names."""
        return self.page(progress.campaigns_in(self.member), CampaignSerializer)


class CampaignDetail(TokenView):
    scopes: ClassVar = {"GET": ANY_SCOPE, "PATCH": frozenset({Scope.LABEL})}
    right = Right.MANAGE_CAMPAIGNS

    @extend_schema(responses=CampaignDetailSerializer)
    def get(self, request: Request, name: str) -> Response:
        """One campaign, and how far it is."""
        return Response(self._whole(progress.campaign_for(self.member, name)))

    @extend_schema(request=ChangeSerializer, responses=CampaignDetailSerializer)
    def patch(self, request: Request, name: str) -> Response:
        """Open, pause or close the campaign."""
        campaign = progress.campaign_for(self.member, name)
        state = self.read(ChangeSerializer)["state"]
        try:
            changed = campaigns.set_state(campaign=campaign, state=state, who=self.member.user)
        except (campaigns.CannotChange, campaigns.NamesBundle) as error:
            raise Problem(Code.CONFLICT, str(error)) from None
        return Response(self._whole(changed))

    def _whole(self, campaign: Campaign) -> dict[str, Any]:
        now = progress.progress_of([campaign.pk])[campaign.pk]
        shown: dict[str, Any] = self.shown(CampaignSerializer, campaign)
        return {**shown, "guideline": campaign.guideline, "progress": self.shown(ProgressSerializer, now)}
