"""Whose fault: a lead's clocks and events → verdicts, each with its rule, shares, evidence and sentence.

A pure function of what is known: the lead's timeline, the events it is told by, what all leads share, and the versions
of the agreement, read at an instant in silence. Each code's rule stands in `domain.rules`; here is what comes before
what, and what a dispute changes. What nobody can tell comes first, then time that was nobody's, then each party's own
overrun; bad data and leads below the bar clear shallow follow-up; what a loss is associated with comes last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from domain import events as e
from domain import sentences
from domain.clocks import Clock, edition_at, ever_breached, without_rests
from domain.findings import NAMES, Finding, Sentence, Shares, Status, all_of, equally, finding_id
from domain.order import Act
from domain.rules import rules_of
from domain.rules.case import Case, Dispute, Struck
from domain.rules.ending import loss
from domain.rules.pausing import pause_abuse
from domain.shared import Shared
from domain.timeline import Timeline
from domain.vocabulary import NOBODY, Instant, department_of


class Verdict(NamedTuple):
    """A finding with its id and how it stands. `shares` and `sentence` are those in force; where a ruling superseded
    them, `finding` still has the first ones. `disputed_by` and `ruled_by` are positions."""

    id: str
    status: Status
    shares: Shares
    sentence: Sentence
    finding: Finding
    disputed_by: int | None = None
    ruled_by: int | None = None

    @property
    def code(self) -> str:
        return self.finding.code

    @property
    def stands(self) -> bool:
        """Whether it counts: an overturned or cleared one does not."""
        return self.status not in ("overturned", "cleared")


def verdicts(lead: str, story: Timeline, acts: Sequence[Act], shared: Shared, as_of: Instant) -> tuple[Verdict, ...]:
    """Every verdict on a lead at an instant, in words and in the order in which they began to hold.

    `story` is the timeline of `acts`, which are the lead's events that stand and take effect by `as_of`, with the
    instants at which they do. A verdict by terms that were not in force when the lead began is provisional."""
    clocks = clocks_at(story, as_of)
    if not worth_judging(story, acts, shared, clocks, as_of):
        return ()
    return tuple(found_in(*case_of(lead, story, acts, shared, as_of, clocks, in_words=True)))


def clocks_at(story: Timeline, as_of: Instant) -> tuple[Clock, ...]:
    """The clocks in force at an instant."""
    return tuple([clock for editions in story.clocks if (clock := edition_at(editions, as_of)) is not None])


def found_in(case: Case, abuses: Sequence[Verdict]) -> list[Verdict]:
    """Every verdict on a case, those on pauses that do not count among them, in the order in which they began to hold."""
    agreements = dict.fromkeys([act.agreement for _, act in case.acts])
    versions = dict.fromkeys([clock.agreement.rules for clock in case.clocks] + [case.shared.agreement(one).rules for one in agreements])
    found = [
        _settled(case, finding)
        for version in versions
        for rule in rules_of(version)
        for finding in rule.find(case)
        if finding.agreement.rules == version
    ]
    found = _cleared_of_shallow([*abuses, *found])
    standing = [_in_force(verdict) for verdict in found if verdict.stands]
    found += [_settled(case, finding) for finding in loss(case, standing)]
    return sorted([verdict for verdict in found if verdict.finding.holds_from <= case.as_of], key=_place)


def _in_force(verdict: Verdict) -> Finding:
    """What was found, with the shares in force."""
    return verdict.finding if verdict.shares is verdict.finding.shares else verdict.finding._replace(shares=verdict.shares)


def case_of(
    lead: str, story: Timeline, acts: Sequence[Act], shared: Shared, as_of: Instant, clocks: tuple[Clock, ...], *, in_words: bool
) -> tuple[Case, list[Verdict]]:
    """What the rules look at: the clocks without the pauses that do not count, and the verdicts on those (R6)."""
    case = Case(lead, story, acts, shared, as_of, clocks, in_words=in_words)
    abuses = [_settled(case, found) for found in pause_abuse(case)]
    if struck := {found.finding.position: next(iter(found.finding.shares)) for found in abuses if found.stands}:
        without = tuple(without_rests(clock, struck) for clock in clocks)
        case = Case(lead, story, acts, shared, as_of, without, _stretches(clocks, struck), in_words=in_words)
    return case, abuses


def _stretches(clocks: Iterable[Clock], struck: Mapping[int, str]) -> tuple[Struck, ...]:
    rests = {rest for clock in clocks for rest in clock.rests if rest.opened_by in struck}
    return tuple(
        sorted({Struck(rest.from_, rest.until, struck[rest.opened_by], rest.opened_by) for rest in rests}, key=lambda one: one.from_)
    )


_JUDGED = (e.HandoffRejected, e.ClockPaused, e.DisputeOpened, e.DealLost, e.LeadDisqualified)


def worth_judging(story: Timeline, acts: Sequence[Act], shared: Shared, clocks: Collection[Clock], as_of: Instant) -> bool:
    """Whether there may be a verdict at all: most leads have kept what was promised, and nothing to look at."""
    if any(ever_breached(clock, as_of) for clock in clocks) or any(len(episode.custodians) > 3 for episode in story.episodes):
        return True
    if any("orphaned" in marks for _, marks in story.marks) or any(_owned_by(story, told.event) for told in shared.departures):
        return True
    score: int | None = None
    kept_by = {clock.stopped_by for clock in clocks if clock.state == "kept"}
    for _, act in acts:
        event = act.event
        if isinstance(event, _JUDGED) or (act.position in kept_by and act.recorded_at > act.occurred_at):
            return True
        match event:
            case e.LeadScored():
                score = event.score
            case e.HandoffOffered() if score is not None and event.briefing.score not in (None, score):
                return True
            case e.StageObserved() if event.not_before is not None or event.stage in shared.agreement(act.agreement).outcomes:
                return True
            case e.CustodyObserved() if event.not_before is not None:
                return True
            case _:
                pass
    return False


def _owned_by(story: Timeline, departure: e.AnyEvent) -> bool:
    return isinstance(departure, e.PersonDeactivated) and departure.person in story.people


def _place(verdict: Verdict) -> tuple[Instant, int, int]:
    found = verdict.finding
    return found.since, _PLACES[found.code], found.position


_PLACES: Mapping[str, int] = MappingProxyType({code: number for number, code in enumerate(NAMES)})


def _cleared_of_shallow(found: Sequence[Verdict]) -> list[Verdict]:
    """Bad data or a lead below the bar clears the shallow follow-up of that handoff, not the duty to decide."""
    counted = ("standing", "provisional", "upheld")
    bad = {verdict.finding.handoff for verdict in found if verdict.code in ("M1", "M2") and verdict.status in counted}
    return [verdict for verdict in found if verdict.code != "R3" or verdict.finding.handoff not in bad]


# Disputes


def _settled(case: Case, found: Finding) -> Verdict:
    """The finding with its id, and what disputes made of it."""
    on_trial = case.shared.provisional(found.agreement.id, case.story.episodes[0].from_)
    status: Status = "provisional" if on_trial else "standing"
    verdict = Verdict(finding_id(case.lead, found), status, found.shares, found.sentence, found)
    dispute = case.disputes.get(verdict.id)
    if dispute is not None:
        return disputed(verdict, dispute, dispute.state, _ruled_at(case, dispute))
    if found.rejection is not None and (dispute := case.disputes.get(found.rejection)) is not None:
        return disputed(verdict, dispute, _about_rejection(found, dispute), _ruled_at(case, dispute))
    return verdict


def _about_rejection(found: Finding, dispute: Dispute) -> str:
    """What a dispute about a rejection means for a finding that rests on it: a bad rejection is the contrary of it."""
    if found.code != "R4":
        return dispute.state
    return {"overturned": "standing", "upheld": "overturned"}.get(dispute.state, dispute.state)


def _ruled_at(case: Case, dispute: Dispute) -> Instant | None:
    return None if dispute.ruled is None else case.by_position[dispute.ruled.position][0]


def disputed(verdict: Verdict, dispute: Dispute, state: str, ruled_at: Instant | None) -> Verdict:
    """The verdict as a dispute left it. No party is its own arbiter: such a ruling does not count."""
    verdict = verdict._replace(disputed_by=dispute.opened.position)
    if dispute.ruled is None or dispute.ruling is None or ruled_at is None:
        return verdict._replace(status="disputed")
    if department_of(dispute.ruled.actor or "") in verdict.shares and state != "standing":
        return verdict._replace(status="disputed")
    verdict, status = verdict._replace(ruled_by=dispute.ruled.position), verdict.status
    match state:
        case "upheld":
            shares, status = verdict.shares, "upheld"
        case "overturned":
            shares, status = all_of(NOBODY), "overturned"
        case "split":
            shares, status = _split(dispute.ruling.shares, verdict, dispute), "split"
        case _:
            return verdict
    sentence = sentences.ruled(verdict.sentence, status, shares, ruled_at, verdict.finding.agreement)
    return verdict._replace(status=status, shares=shares, sentence=sentence)


def _split(shares: Mapping[str, int] | None, verdict: Verdict, dispute: Dispute) -> Shares:
    """The shares an arbiter named; where they do not add up, the parties of the dispute bear the same."""
    if shares and sum(shares.values()) == 100 and min(shares.values()) >= 0:
        return {party: share for party, share in shares.items() if share}
    return equally([*verdict.shares, department_of(dispute.opened.actor or "") or NOBODY])
