import pytest

from annotate import campaigns
from annotate.models import Campaign
from core.accounts.models import AuditEvent


def test_a_campaign_is_made_once_and_open(project):
    campaign = campaigns.get_or_create_campaign(project=project, name="tulu")
    assert (campaign.state, campaign.rubric_version.name, campaign.overlap) == ("open", "default", 3)
    assert campaigns.get_or_create_campaign(project=project, name="tulu") == campaign


@pytest.mark.parametrize("name", ["", "Two words", "UPPER", "-a", "a/b", "x" * 81, "ä"])
def test_a_name_that_is_no_address_is_refused(project, name):
    with pytest.raises(campaigns.BadName, match="cannot be a campaign's name"):
        campaigns.create_campaign(project=project, name=name, who=None)


def test_a_name_is_taken_in_its_own_project_only(project, other_project):
    campaigns.create_campaign(project=project, name="pairs", who=None)
    campaigns.create_campaign(project=other_project, name="pairs", who=None)
    with pytest.raises(campaigns.NameTaken, match="choose another name"):
        campaigns.create_campaign(project=project, name="pairs", who=None)


def test_a_change_is_audited_and_a_new_guideline_is_a_new_version(project, owner):
    campaign = campaigns.create_campaign(project=project, name="pairs", who=owner)
    changed = campaigns.change_campaign(campaign=campaign, who=owner, guideline="Read both.", title="pairs")
    assert (changed.guideline, changed.guideline_version) == ("Read both.", 2)
    same = campaigns.change_campaign(campaign=changed, who=owner, guideline="Read both.")
    assert same.guideline_version == 2
    verbs = list(AuditEvent.objects.filter(project=project, who=owner.pk).order_by("seq").values_list("verb", "data"))
    assert verbs[-1] == ("campaign.changed", {"fields": ["guideline"]})


def test_an_unknown_field_is_refused(project):
    campaign = campaigns.create_campaign(project=project, name="pairs", who=None)
    with pytest.raises(TypeError, match="queue_epoch"):
        campaigns.change_campaign(campaign=campaign, who=None, queue_epoch=7)


def test_a_campaign_goes_from_draft_to_open_to_paused_to_closed_and_is_reopened(project):
    campaign = campaigns.create_campaign(project=project, name="pairs", who=None)
    for state in ("open", "paused", "open", "closed", "closed", "open"):
        campaign = campaigns.set_state(campaign=campaign, state=state, who=None)
        assert Campaign.objects.get(pk=campaign.pk).state == state
    with pytest.raises(campaigns.CannotChange, match="open cannot become draft"):
        campaigns.set_state(campaign=campaign, state="draft", who=None)
