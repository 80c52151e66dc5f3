"""The demo's company is one a sales manager would recognise."""

from __future__ import annotations

from collections import Counter

from api.demo.generate import COMMIT_SPAN
from api.demo.people import AUTOMATION, LEAVER, ROUTING
from api.demo.sources import CSV, SALESFORCE
from domain import events as e
from domain.order import is_late
from domain.the_model import THE_MODEL
from domain.timeline import Timeline
from domain.vocabulary import SECOND, Instant, instant, is_person, moment
from ledger.entry import Claim

Commits = list[tuple[Instant, list[Claim]]]

_MACHINES = (AUTOMATION, ROUTING)


def _claims(commits: Commits) -> list[Claim]:
    return [claim for _, claims in commits for claim in claims]


def _in_office_hours(at: Instant) -> bool:
    """Whether business is open, its last second included."""
    return THE_MODEL.calendar.is_open(at) or THE_MODEL.calendar.is_open(at - SECOND)


def test_every_kind_of_event_occurs(commits: Commits) -> None:
    """All but what needs no company: the demo signs the agreement that stands in every empty ledger, subscribes to nothing, erases
    nobody, gives no keys, takes back no document that is to be signed, and spends one currency."""
    about_terms = {"agreement.proposed", "agreement.withdrawn", "agreement.extended"}
    about_notices = {"subscription.opened", "subscription.paused", "subscription.resumed", "subscription.closed"}
    others = {name for name in e.EVENTS if name.startswith(("key.", "role.", "rate.", "subject.")) or name.endswith(".withdrawn")}
    others -= {"handoff.withdrawn", "dispute.withdrawn"}
    assert {claim.event.NAME for claim in _claims(commits)} == e.EVENTS.keys() - about_terms - about_notices - others


def test_people_work_in_office_hours(commits: Commits) -> None:
    by_people = [claim for claim in _claims(commits)[15:] if claim.actor and is_person(claim.actor) and claim.actor not in _MACHINES]
    of_their_own = [claim for claim in by_people if claim.source != CSV]
    assert len(of_their_own) > 5_000
    assert all(_in_office_hours(claim.occurred_at) for claim in of_their_own)


def test_spreadsheets_are_imported_in_office_hours(commits: Commits) -> None:
    imported = [recorded_at for recorded_at, claims in commits if any(claim.source == CSV for claim in claims)]
    assert imported
    assert all(_in_office_hours(at - COMMIT_SPAN) or _in_office_hours(at) for at in imported)


def test_leads_come_at_night_and_on_week_ends_too(commits: Commits) -> None:
    captured = [claim.occurred_at for claim in _claims(commits) if isinstance(claim.event, e.LeadCaptured)]
    outside = sum(not _in_office_hours(at) for at in captured)
    assert 0.2 < outside / len(captured) < 0.6


def test_nobody_works_during_the_outage(commits: Commits) -> None:
    outages = [claim.event for claim in _claims(commits) if isinstance(claim.event, e.OutageDeclared)]
    for outage in outages:
        typed = [claim for claim in _claims(commits) if claim.source == SALESFORCE]
        assert not any(instant(outage.from_) <= claim.occurred_at < instant(outage.until) for claim in typed)


def test_nobody_acts_after_leaving(commits: Commits) -> None:
    left_at = next(claim.occurred_at for claim in _claims(commits) if isinstance(claim.event, e.PersonDeactivated))
    of_the_leaver = [claim for claim in _claims(commits) if claim.actor == LEAVER]
    assert of_the_leaver
    assert all(claim.occurred_at < left_at for claim in of_the_leaver)


def test_the_funnel_narrows_as_it_does_in_such_companies(timelines: dict[str, Timeline]) -> None:
    """Of 3,000 leads about 45 % become MAL, a third MQL, 11 % SAL, 7 % SQL, 5 % an opportunity and 1 % a customer:
    MQL→SAL 33 %, SAL→SQL 66 %, SQL→opportunity 69 %, opportunity→won 20-30 % (many are still open)."""
    visits = [{visit.stage for episode in told.episodes for visit in episode.visits} for told in timelines.values()]
    reached = Counter(stage for stages in visits for stage in stages)
    shares = {stage: count / len(timelines) for stage, count in reached.items()}
    assert shares["lead"] == 1.0
    assert 0.35 < shares["mal"] < 0.55
    assert 0.25 < shares["mql"] < 0.40
    assert 0.07 < shares["sal"] < 0.18
    assert 0.04 < shares["sql"] < 0.12
    assert 0.03 < shares["opportunity"] < 0.09
    assert 0.005 < shares["won"] < 0.03


def test_referrals_convert_better_than_bought_lists(commits: Commits, timelines: dict[str, Timeline]) -> None:
    qualified: Counter[str | None] = Counter()
    leads: Counter[str | None] = Counter()
    for claim in _claims(commits):
        if isinstance(claim.event, e.LeadCaptured):
            leads[claim.event.channel] += 1
            stages = {visit.stage for episode in timelines[claim.subject].episodes for visit in episode.visits}
            qualified[claim.event.channel] += "sal" in stages
    rate = {channel: qualified[channel] / count for channel, count in leads.items()}
    assert rate["referral"] > 2 * rate["web"] > 4 * rate["list_purchase"]


def test_a_handoff_may_end_in_every_way(timelines: dict[str, Timeline]) -> None:
    """Of those answered about one in eight is rejected and one in ten deemed accepted in silence."""
    ends = Counter(how for told in timelines.values() for how in told.final.handoffs.values())
    taken = ends["accepted"] + ends["deemed"] + ends["returned"]
    assert 0.05 < ends["rejected"] / (taken + ends["rejected"]) < 0.2
    assert 0.05 < ends["deemed"] / taken < 0.2
    assert ends["withdrawn"]
    assert ends["returned"]


def test_some_leads_go_to_and_fro(timelines: dict[str, Timeline]) -> None:
    passes = [len(episode.custodians) for told in timelines.values() for episode in told.episodes]
    assert max(passes) >= 4


def test_some_leads_come_back_for_another_episode(timelines: dict[str, Timeline]) -> None:
    assert 0.005 < sum(len(told.episodes) > 1 for told in timelines.values()) / len(timelines) < 0.1


def test_people_write_some_of_their_work_down_late(commits: Commits) -> None:
    """About a fifth of what is typed about calls, mails, visits and meetings is late."""
    typed = [(at, c) for at, claims in commits for c in claims if isinstance(c.event, e.ActivityLogged) and c.event.captured == "typed"]
    late = sum(is_late(_recorded(at, claim), THE_MODEL) for at, claim in typed)
    assert 0.1 < late / len(typed) < 0.35


def _recorded(at: Instant, claim: Claim) -> e.Recorded:
    return e.Recorded(1, 1, claim.occurred_at, at, claim.subject, claim.event, claim.actor, claim.source, "manual", THE_MODEL.id)


def test_a_pause_has_the_customers_word_or_has_not(commits: Commits) -> None:
    pauses = [claim.event for claim in _claims(commits) if isinstance(claim.event, e.ClockPaused)]
    assert {pause.reason for pause in pauses} == {"customer", "outage"}
    assert {pause.evidence is None for pause in pauses} == {True, False}


def test_what_is_cited_is_what_was_meant(commits: Commits) -> None:
    """Evidence of a pause is the customer's mail, a dispute is about a rejection, a correction replaces its like."""
    claims = _claims(commits)
    for claim in claims:
        match claim.event:
            case e.ClockPaused(evidence=(position,)):
                cited = claims[position - 1]
                assert isinstance(cited.event, e.ActivityLogged)
                assert cited.event.direction == "inbound"
            case e.DisputeOpened(about=(int(position),)):
                cited = claims[position - 1]
                assert isinstance(cited.event, e.HandoffRejected)
            case e.RecordCorrected(position=position, replacement=replacement):
                cited = claims[position - 1]
                assert type(cited.event) is type(replacement.event)
            case _:
                continue
        assert cited.subject == claim.subject


def test_a_trade_fair_brings_a_surge_of_which_sales_was_told(commits: Commits) -> None:
    captured = [(claim.occurred_at, claim.event) for claim in _claims(commits) if isinstance(claim.event, e.LeadCaptured)]
    fairs = [at for at, event in captured if event.channel == "exhibition"]
    announced = [claim.event for claim in _claims(commits) if isinstance(claim.event, e.SurgeAnnounced)]
    days = {moment(at).date() for at in fairs}
    assert len(days) == 3 * len(announced)
    assert len(fairs) / len(days) > 2 * (3_000 - len(fairs)) / 146
