"""What runs about models leave behind: who decides, and what a comparison says in one line a model."""

from flows.summaries_models import comparison_summary, route_summary

ONE = {"version": "candor-pd-small/2", "share": "0.1"}


def test_the_page_of_a_route_names_who_decides_and_who_does_not():
    text = route_summary({"data": "small", "champion": "candor-pd-small/1", "challenger": ONE, "shadow": None})
    assert "champion: `candor-pd-small/1`" in text
    assert "challenger: `candor-pd-small/2` for 0.1 of the applicants" in text
    assert "shadow: none" in text


def test_the_page_of_a_comparison_says_how_many_were_scored_and_each_verdict():
    beside = [{"version": "candor-pd-small/2", "role": "shadow", "applicants": 12, "verdict": "cannot_tell"}]
    text = comparison_summary({"champion": 12, "shadow": 12}, {"beside": beside})
    assert "champion 12, shadow 12" in text
    assert "`candor-pd-small/2` (shadow) on 12 applicants: cannot tell who approves more" in text


def test_a_champion_alone_is_compared_with_nobody():
    assert "Nothing stands beside the champion" in comparison_summary({}, None)
