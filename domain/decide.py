"""Whether an act may be recorded: the handoff protocol, one rule an act.

Only the custodian offers, only the receiver answers, each once. Observations are never refused. A refusal is a whole
sentence that says what was expected. Nothing here reads a clock: the lead is taken just before the act takes effect,
in silence since its last event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from domain import events as e
from domain.agreement import Agreement
from domain.disputes import Docket, refusal
from domain.findings import NAMES
from domain.lead import Lead
from domain.order import confirms
from domain.vocabulary import OPERATIONS, RETENTIONS, Refused, department_of, instant, is_person, moment

Cited = Mapping[int, e.Recorded]
"""The entries an act points to by position, as far as the book has them."""


class Case(NamedTuple):
    """What a rule looks at: the lead, the act upon it, the agreement between the departments, and what may be disputed."""

    lead: Lead
    act: e.Recorded
    agreement: Agreement
    cited: Cited
    docket: Docket

    @property
    def department(self) -> str:
        """The department that acts."""
        return department_of(self.act.actor) if self.act.actor else ""


Verdict = Refused | None
Rule = Callable[[Case, Any], Verdict]
_R = TypeVar("_R", bound=Rule)
_RULES: dict[type[e.Event], Rule] = {}


def decide(lead: Lead, act: e.Recorded, agreement: Agreement, cited: Cited, docket: Docket | None = None) -> Verdict:
    """None where the event may be recorded, else why not. What may be disputed needs to be looked up for acts upon
    disputes alone."""
    event = act.event
    if event.OBSERVATION:
        return None
    if lead.merged_into is not None and not isinstance(event, _ABOUT_THE_RECORD):
        return _protocol(f"The lead was merged into {lead.merged_into}; append to that one.")
    rule = _RULES.get(type(event))
    return rule(Case(lead, act, agreement, cited, docket or Docket(act.occurred_at)), event) if rule else None


def citations(event: e.AnyEvent) -> tuple[int, ...]:
    """The positions an event points to, for the caller to look up."""
    cited = _CITED.get(type(event))
    return cited(event) if cited is not None else ()


def _evidence_of(event: Any) -> tuple[int, ...]:
    return event.evidence or ()


def _target_of(event: Any) -> tuple[int, ...]:
    return (event.position,) if event.position is not None else ()


_CITED: Mapping[type[e.Event], Callable[[Any], tuple[int, ...]]] = {
    **dict.fromkeys((e.ClockPaused, e.DisputeOpened, e.DisputeRuled), _evidence_of),
    **dict.fromkeys(
        (e.RecordCorrected, e.RecordRetracted, e.RecordConfirmed, e.RecordConsented, e.MeetingDecided, e.SubjectErased), _target_of
    ),
}
_ABOUT_THE_RECORD = (
    e.RecordCorrected, e.RecordRetracted, e.RecordConfirmed, e.RecordConsented,
    *e.DISPUTING,
)  # fmt: skip


def _rule(*events: type[e.Event]) -> Callable[[_R], _R]:
    def declare(rule: _R) -> _R:
        _RULES.update(dict.fromkeys(events, rule))
        return rule

    return declare


def _protocol(sentence: str, pointer: str = "") -> Refused:
    return Refused("protocol", sentence, pointer)


def _invalid(sentence: str, pointer: str) -> Refused:
    return Refused("invalid", sentence, pointer)


# Who may act


def _open(case: Case) -> Verdict:
    if case.lead.episode == 0:
        return _protocol("The ledger does not know the lead yet, so nobody holds it; capture it first (lead.captured).")
    if case.lead.closed:
        return _protocol("The episode is closed; reopen the lead first (lead.reopened).")
    return None


def _by(case: Case, department: str, verb: str) -> Verdict:
    """The act is one department's to do."""
    if not case.act.actor:
        return _invalid("An act says who acted: actor is to be department:name.", "/actor")
    if case.department != department:
        return _protocol(f"Only {department} {verb}, not {case.department}.", "/actor")
    return None


def _by_custodian(case: Case) -> Verdict:
    return _open(case) or _by(case, case.lead.custodian, "holds the lead and acts on it")


def _undecided(case: Case) -> Verdict:
    return _protocol(f"The episode's outcome is already {case.lead.outcome}.") if case.lead.outcome else None


def _known(department: str, agreement: Agreement, pointer: str) -> Verdict:
    if agreement.knows(department):
        return None
    return _invalid(f"The agreement knows no department {department}; expected one of {', '.join(agreement.departments or ())}.", pointer)


def _person_of(owner: str | None, department: str) -> Verdict:
    if owner is None or (department_of(owner) == department and is_person(owner)):
        return None
    return _invalid(f"The owner is to be a person of {department}, such as {department}:name.", "/data/owner")


@_rule(e.LeadCaptured)
def _captured(case: Case, event: e.LeadCaptured) -> Verdict:
    return _known(event.department, case.agreement, "/data/department") if event.department else None


@_rule(e.LeadAssigned)
def _assigned(case: Case, event: e.LeadAssigned) -> Verdict:
    return _known(event.department, case.agreement, "/data/department") or _person_of(event.owner, event.department)


# Stages


@_rule(e.StageEntered)
def _stage_entered(case: Case, event: e.StageEntered) -> Verdict:
    """The custodian moves the lead forward, up to the stage at which it hands it on."""
    if refused := _by_custodian(case):
        return refused
    if case.agreement.rank(event.stage) < 0:
        return _invalid(f"The agreement knows no stage {event.stage}; expected one of {', '.join(case.agreement.stages)}.", "/data/stage")
    if event.stage == "won":
        return _protocol("A deal is won by deal.won, which says the amount.", "/data/stage")
    return _forward(case, event.stage)


def _forward(case: Case, stage: str) -> Verdict:
    if case.agreement.rank(stage) <= case.agreement.rank(case.lead.stage):
        return _protocol(f"The lead is in {case.lead.stage} already; stages only move forward.", "/data/stage")
    return _own_stage(case, stage)


def _own_stage(case: Case, stage: str) -> Verdict:
    onward = case.agreement.onward(case.lead.custodian)
    if onward is not None and case.agreement.rank(stage) > case.agreement.rank(onward.leg):
        return _protocol(f"{case.lead.custodian}'s part ends at {onward.leg}; offer the lead to {onward.receiver} there.", "/data/stage")
    return None


# The handoff


@_rule(e.HandoffOffered)
def _offered(case: Case, event: e.HandoffOffered) -> Verdict:
    """Only the custodian offers, one offer at a time, at the stage the agreement hands over at."""
    lead, agreement = case.lead, case.agreement
    if refused := _by_custodian(case):
        return refused
    if event.handoff in lead.handoffs:
        return _protocol(f"The lead had a handoff {event.handoff} before; an id is used once.", "/data/handoff")
    if lead.offer is not None:
        return _protocol(f"The offer {lead.offer.handoff} to {lead.offer.receiver} is not answered yet; one at a time.")
    handoff = agreement.handoff_at(event.leg)
    if handoff is None:
        legs = ", ".join(known.leg for known in agreement.handoffs)
        return _invalid(f"The agreement has no handoff at {event.leg}; expected one of {legs}.", "/data/leg")
    if handoff.giver != lead.custodian:
        return _protocol(f"The handoff at {event.leg} is {handoff.giver}'s to offer; {lead.custodian} holds the lead.", "/data/leg")
    if handoff.receiver != event.to:
        return _protocol(f"The handoff at {event.leg} goes to {handoff.receiver}, not {event.to}.", "/data/to")
    if agreement.rank(lead.stage) < agreement.rank(event.leg):
        return _protocol(f"The lead is in {lead.stage}; it is to enter {event.leg} before it is offered there.", "/data/leg")
    return _person_of(event.owner, event.to)


@_rule(e.HandoffAccepted, e.HandoffRejected)
def _answered(case: Case, event: e.HandoffAccepted | e.HandoffRejected) -> Verdict:
    """Only the receiver answers, and once. After silence counted as acceptance, accepting still names the owner."""
    lead = case.lead
    how = lead.handoffs.get(event.handoff)
    if how is None:
        return _protocol(f"The lead has no handoff {event.handoff} to answer.", "/data/handoff")
    answered = lead.offer if lead.offer is not None else lead.held
    named_late = how == "deemed" and isinstance(event, e.HandoffAccepted)
    if answered is None or answered.handoff != event.handoff or (lead.offer is None and not named_late):
        return _protocol(f"The handoff {event.handoff} was {_became(how)} already; each is answered once.", "/data/handoff")
    if isinstance(event, e.HandoffAccepted) and (refused := _person_of(event.owner, answered.receiver)):
        return refused
    return _by(case, answered.receiver, "answers")


def _became(how: str) -> str:
    return {"deemed": "deemed accepted when its time ran out", "lapsed": "void"}.get(how, how)


@_rule(e.HandoffWithdrawn)
def _withdrawn(case: Case, event: e.HandoffWithdrawn) -> Verdict:
    """The giver takes back an offer nobody has answered."""
    offer = case.lead.offer
    if offer is None or offer.handoff != event.handoff:
        how = case.lead.handoffs.get(event.handoff)
        was = f"was {_became(how)} already" if how else "was never offered"
        return _protocol(f"The handoff {event.handoff} {was}; only a pending offer is withdrawn.", "/data/handoff")
    return _by(case, offer.giver, "withdraws it")


@_rule(e.HandoffReturned)
def _returned(case: Case, event: e.HandoffReturned) -> Verdict:
    """The receiver gives back what it accepted and still holds."""
    if refused := _open(case):
        return refused
    lead, held = case.lead, case.lead.held
    if held is None or held.handoff != event.handoff or held.receiver != lead.custodian:
        return _protocol(
            f"{lead.custodian} does not hold the lead by a handoff {event.handoff}; only that one is returned.", "/data/handoff"
        )
    return _by(case, held.receiver, "returns it")


# Pauses


@_rule(e.ClockPaused)
def _paused(case: Case, event: e.ClockPaused) -> Verdict:
    """The department that works the lead rests its clocks, once at a time, pointing to why."""
    if refused := _by_custodian(case):
        return refused
    if case.lead.pause is not None:
        return _protocol("The clocks are paused already; resume them first.")
    if event.until is not None and instant(event.until) <= case.act.occurred_at:
        return _invalid("A pause ends after it begins.", "/data/until")
    return _evidence(case, event.evidence or ())


@_rule(e.ClockResumed)
def _resumed(case: Case, _event: e.ClockResumed) -> Verdict:
    if case.lead.pause is None:
        return _protocol("The clocks are not paused.")
    return _by(case, case.lead.pause.by, "resumes what it paused")


# The deal and the end of an episode


@_rule(e.OpportunityOpened)
def _opportunity_opened(case: Case, _event: e.OpportunityOpened) -> Verdict:
    if refused := _by_custodian(case) or _undecided(case):
        return refused
    if case.lead.deal is not None:
        return _protocol("An opportunity is open already; amend it (opportunity.amended).")
    return _own_stage(case, "opportunity")


@_rule(e.OpportunityAmended)
def _opportunity_amended(case: Case, _event: e.OpportunityAmended) -> Verdict:
    return _by_custodian(case) or (None if case.lead.deal else _protocol("There is no opportunity to amend; open one first."))


@_rule(e.DealWon)
def _won(case: Case, _event: e.DealWon) -> Verdict:
    return _by_custodian(case) or _undecided(case) or _own_stage(case, "won")


@_rule(e.DealLost, e.LeadDisqualified)
def _lost(case: Case, _event: e.DealLost | e.LeadDisqualified) -> Verdict:
    return _by_custodian(case) or _undecided(case)


@_rule(e.LeadRecycled)
def _recycled(case: Case, event: e.LeadRecycled) -> Verdict:
    if refused := _by_custodian(case) or _undecided(case):
        return refused
    if event.re_engage_on < (moment(case.act.occurred_at) - timedelta(days=1)).date():
        return _invalid("The day to address the lead again lies before its recycling.", "/data/re_engage_on")
    return None


@_rule(e.LeadReopened)
def _reopened(case: Case, _event: e.LeadReopened) -> Verdict:
    return None if case.lead.closed else _protocol("The lead is open; only a closed one can be reopened.")


@_rule(e.LeadMerged)
def _merged(case: Case, event: e.LeadMerged) -> Verdict:
    return _protocol("A lead cannot be merged into itself.", "/data/into") if event.into == case.act.lead else None


@_rule(e.OutcomeReported)
def _reported(case: Case, event: e.OutcomeReported) -> Verdict:
    """There is something to report: an outcome, or a return."""
    if refused := _known(event.to, case.agreement, "/data/to"):
        return refused
    if event.outcome == "returned":
        return None if "returned" in case.lead.handoffs.values() else _protocol("No handoff of the lead was returned.", "/data/outcome")
    if event.outcome in RETENTIONS and case.lead.outcome != "won":
        return _protocol("A customer is retained or churned after the deal was won.", "/data/outcome")
    if case.lead.outcome is None and case.lead.episode <= 1:
        return _protocol("The lead has no outcome to report yet.")
    return None


# Corrections and disputes


@_rule(e.RecordConfirmed)
def _confirmed(case: Case, event: e.RecordConfirmed) -> Verdict:
    """Nobody confirms a late claim of its own department."""
    if refused := _of_this_lead(case, event):
        return refused
    target = case.cited[event.position]
    if not target.is_claim or confirms(case.act.actor, target):
        return None
    if not case.act.actor:
        return _invalid("A late claim is confirmed by somebody: actor is to be department:name.", "/actor")
    return _protocol(f"It is {case.department}'s own late claim; another department is to confirm it.", "/actor")


@_rule(e.RecordConsented)
def _of_this_lead(case: Case, event: e.RecordConfirmed | e.RecordConsented | e.RecordCorrected | e.RecordRetracted) -> Verdict:
    target = case.cited.get(event.position)
    if target is None or target.lead != case.act.lead:
        return _invalid(f"Position {event.position} is no entry of this lead.", "/data/position")
    return None


@_rule(e.RecordCorrected, e.RecordRetracted)
def _corrected(case: Case, event: e.RecordCorrected | e.RecordRetracted) -> Verdict:
    """A department corrects its own records; another's only with that department's consent."""
    if refused := _of_this_lead(case, event):
        return refused
    if not case.act.actor:
        return _invalid("An act says who acted: actor is to be department:name.", "/actor")
    if isinstance(event, e.RecordCorrected):
        replacement = event.replacement.event
        if replacement.SHARED is not None or isinstance(replacement, _ABOUT_THE_RECORD):
            return _invalid("A correction puts another fact about the lead in its place.", "/data/replacement/type")
    target = case.cited[event.position]
    author = department_of(target.actor) if target.actor else case.department
    if author != case.department and not _consented(author, event.position, case.cited):
        return _protocol(f"The record is {author}'s; {author} is to consent first (record.consented).", "/data/position")
    return None


def _consented(author: str, position: int, cited: Cited) -> bool:
    return any(
        isinstance(known.event, e.RecordConsented) and known.event.position == position and department_of(known.actor or "") == author
        for known in cited.values()
    )


def _evidence(case: Case, positions: tuple[int, ...]) -> Verdict:
    """What is cited stands in the book: on the act's own lead, or on any where the act is about none."""
    for index, position in enumerate(positions):
        known = case.cited.get(position)
        if known is None or case.act.lead not in (None, known.lead):
            entry = "is not in the ledger" if case.act.lead is None else "is no entry of this lead"
            return _invalid(f"Position {position} {entry}.", f"/data/evidence/{index}")
    return None


@_rule(*e.DISPUTING)
def _disputing(case: Case, event: e.DisputeOpened | e.DisputeAnswered | e.DisputeRuled | e.DisputeWithdrawn) -> Verdict:
    """Opened in time, answered by the other side, ruled by an arbiter of none of the parties (`domain.disputes`)."""
    cited = event.evidence or () if isinstance(event, e.DisputeOpened | e.DisputeRuled) else ()
    return refusal(case.lead.disputes, case.act, case.docket) or _evidence(case, cited)


# What all leads share


@_rule(e.OutageDeclared, e.SurgeAnnounced)
def _stretch(_case: Case, event: e.OutageDeclared | e.SurgeAnnounced) -> Verdict:
    return _invalid("It ends after it begins.", "/data/until") if event.from_ >= event.until else None


@_rule(e.PersonDeactivated)
def _deactivated(_case: Case, event: e.PersonDeactivated) -> Verdict:
    return None if is_person(event.person) else _invalid("A person is department:name.", "/data/person")


@_rule(e.RateStated)
def _stated(_case: Case, event: e.RateStated) -> Verdict:
    return _invalid("A rate is between two currencies.", "/data/to") if event.to == event.currency else None


@_rule(e.SubjectErased)
def _erased(case: Case, event: e.SubjectErased) -> Verdict:
    """What is erased is a lead, or one entry of a shared stream: the entries of a lead have one key, and go together."""
    if (event.lead is None) == (event.position is None):
        return _invalid("Either a lead is erased, or the texts of the entry at a position.", "/data/lead")
    if event.position is not None:
        named = case.cited.get(event.position)
        if named is None:
            return _invalid(f"Position {event.position} is not in the ledger.", "/data/position")
        if named.lead is not None:
            return _invalid(f"The entry at {event.position} is one of a lead; erase the lead.", "/data/position")
    return None


@_rule(e.MeetingDecided)
def _decided(case: Case, event: e.MeetingDecided) -> Verdict:
    if event.position not in case.cited:
        return _invalid(f"Position {event.position} is not in the ledger.", "/data/position")
    department = department_of(event.owner)
    owner = None if department == OPERATIONS else _known(department, case.agreement, "/data/owner")
    return owner or (_measurable(event.expected) if event.expected is not None else None)


@_rule(e.TargetSet)
def _target(case: Case, event: e.TargetSet) -> Verdict:
    """A target is of a stage that the agreement declares, and is set by one of those who agreed on it."""
    if event.stage not in case.agreement.stages:
        return _invalid(f"The stages are {', '.join(case.agreement.stages)}.", "/data/stage")
    if (event.attribute is None) is not (event.value is None):
        return _invalid("A segment is named by an attribute and its value.", "/data/value")
    if (event.amount is None) is not (event.currency is None):
        return _invalid("An amount has a currency.", "/data/currency")
    if not event.agreed_by:
        return _invalid("At least one department agreed on a target.", "/data/agreed_by")
    for number, department in enumerate(event.agreed_by):
        if refused := _known(department, case.agreement, f"/data/agreed_by/{number}"):
            return refused
    if case.department not in event.agreed_by:
        return _invalid("Who sets a target is of a department that agreed on it: actor is to be department:name.", "/actor")
    return None


def _measurable(expected: e.ExpectedFigure) -> Verdict:
    """Whether an expectation can be read again later: a slip of the pen would never be met, and nobody would see why."""
    if expected.figure == "kept_per_mille" and max(expected.expected, expected.at_meeting or 0) > 1_000:
        return _invalid("What is kept is told in thousandths: 1000 are all.", "/data/expected/expected")
    if expected.code is not None and expected.figure != "verdicts":
        return _invalid("Only verdicts have a code.", "/data/expected/code")
    if expected.code is not None and expected.code not in NAMES:
        return _invalid(f"There is no such code; expected one of {', '.join(NAMES)}.", "/data/expected/code")
    if expected.figure == "overdue" and expected.within is not None:
        return _invalid("What is overdue is so at one moment, not within a week or a month.", "/data/expected/within")
    return None
