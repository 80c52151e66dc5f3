"""How each event changes a lead.

`evolve` is total: every well-formed event has a place. An act whose precondition is missing changes nothing and is
marked `orphaned`.
"""

from __future__ import annotations

from typing import assert_never

from domain import disputes
from domain import events as e
from domain.agreement import Agreement, Handoff, Span
from domain.calendar import BeyondCalendarError
from domain.lead import Deal, Lead, Offer, Pause, Profile, taken, with_entry
from domain.order import counted_from
from domain.vocabulary import Instant, Outcome, department_of, instant, is_person

Marks = tuple[str, ...]
"""What is remarkable about an event: `orphaned`, `bypass`, `backwards`, `unknown_stage`, `unknown_department`."""

ORPHANED: Marks = ("orphaned",)
NOTHING: Marks = ()


def evolve(lead: Lead, recorded: e.Recorded, at: Instant, agreement: Agreement) -> tuple[Lead, Marks]:
    """The lead after an event that takes effect at `at`, and what is remarkable about it.

    Silent changes before `at` are the caller's to apply first (`in_silence`)."""
    event = recorded.event
    if lead.episode == 0 and event.SHARED is None:
        lead = _opened(lead, event, agreement)
    match event:
        case e.ActivityLogged():
            return _activity(lead, event, recorded.actor), NOTHING
        case e.LeadCaptured():
            return _captured(lead, event, at, agreement)
        case e.LeadProfiled():
            return lead._replace(profile=_profiled(lead.profile, event)), NOTHING
        case e.LeadScored():
            return lead._replace(profile=Profile(*lead.profile[:-1], event.score)), NOTHING
        case e.LeadHandRaised():
            return (_opened(lead, event, agreement) if lead.closed and not lead.merged_into else lead), NOTHING
        case e.LeadReopened():
            return (_opened(lead, event, agreement), NOTHING) if lead.closed and not lead.merged_into else (lead, ORPHANED)
        case e.LeadAssigned():
            return _assigned(lead, event, recorded, at, agreement)
        case e.StageEntered():
            return _entered(lead, event.stage, recorded, agreement)
        case e.StageObserved():
            return _stage_observed(lead, event, agreement)
        case e.CustodyObserved():
            return _custody_observed(lead, event.custodian, event.owner, agreement)
        case e.HandoffOffered():
            return _offered(lead, event, recorded, at, agreement)
        case e.HandoffAccepted():
            return _accepted(lead, event, recorded.actor, agreement)
        case e.HandoffRejected():
            return _declined(lead, event.handoff, "rejected")
        case e.HandoffWithdrawn():
            return _declined(lead, event.handoff, "withdrawn")
        case e.HandoffReturned():
            return _returned(lead, event)
        case e.ClockPaused():
            return _paused(lead, event, recorded, at, agreement)
        case e.ClockResumed():
            return (lead, ORPHANED) if lead.pause is None else (lead._replace(pause=None), NOTHING)
        case e.OpportunityOpened():
            return _opportunity(lead, event, agreement) if _holds(lead, recorded) else (lead, ORPHANED)
        case e.OpportunityAmended():
            amended = lead._replace(deal=Deal(event.amount, event.currency))
            return (amended, NOTHING) if _holds(lead, recorded) and lead.deal is not None else (lead, ORPHANED)
        case e.DealWon():
            won = lead._replace(deal=Deal(event.amount, event.currency))
            return _ended(won, "won", agreement) if _undecided(lead, recorded) else (lead, ORPHANED)
        case e.DealLost():
            return _ended(lead, "lost", agreement) if _undecided(lead, recorded) else (lead, ORPHANED)
        case e.LeadDisqualified():
            return _ended(lead, "disqualified", agreement) if _undecided(lead, recorded) else (lead, ORPHANED)
        case e.LeadRecycled():
            return _ended(lead, "recycled", agreement) if _undecided(lead, recorded) else (lead, ORPHANED)
        case e.LeadMerged():
            return (_closed(lead)._replace(merged_into=event.into), NOTHING) if lead.merged_into is None else (lead, ORPHANED)
        case e.DisputeOpened() | e.DisputeAnswered() | e.DisputeRuled() | e.DisputeWithdrawn():
            known = disputes.told(lead.disputes, recorded, at, agreement)
            return (lead, ORPHANED) if known is None else (lead._replace(disputes=known), NOTHING)
        case e.PersonDeactivated():
            return _left(lead, event.person), NOTHING
        case (
            e.OutcomeReported()
            | e.RecordCorrected()
            | e.RecordRetracted()
            | e.RecordConfirmed()
            | e.RecordConsented()
            | e.OutageDeclared()
            | e.SurgeAnnounced()
            | e.MeetingDecided()
            | e.TargetSet()
            | e.SourceDeclared()
            | e.AgreementProposed()
            | e.AgreementSigned()
            | e.AgreementWithdrawn()
            | e.AgreementExtended()
            | e.SubscriptionOpened()
            | e.SubscriptionPaused()
            | e.SubscriptionResumed()
            | e.SubscriptionClosed()
            | e.CostRecorded()
            | e.RateStated()
            | e.ScoringProposed()
            | e.ScoringSigned()
            | e.ScoringWithdrawn()
            | e.PersonasProposed()
            | e.PersonasSigned()
            | e.PersonasWithdrawn()
            | e.ContentRegistered()
            | e.ContentRequested()
            | e.KeyGranted()
            | e.KeyRevoked()
            | e.RoleGranted()
            | e.RoleRevoked()
            | e.LedgerOpened()
            | e.SubjectErased()
        ):
            return lead, NOTHING
        case _:
            assert_never(event)


# Opening and describing


def _opened(lead: Lead, event: e.AnyEvent, agreement: Agreement) -> Lead:
    """The next episode, at the first stage with the first department, or where the opening event itself says."""
    custodian, stage = agreement.first_department, agreement.first_stage
    match event:
        case e.LeadCaptured(department=str(named)) if agreement.knows(named):
            custodian = named
        case e.CustodyObserved():
            custodian = event.custodian if agreement.knows(event.custodian) else custodian
        case e.StageObserved():
            stage = event.stage if agreement.rank(event.stage) >= 0 else stage
            if event.custodian and agreement.knows(event.custodian):
                custodian = event.custodian
    return Lead(
        episode=lead.episode + 1,
        stage=stage,
        custodian=custodian,
        handoffs=lead.handoffs,
        profile=lead.profile,
        disputes=lead.disputes,
    )


def _captured(lead: Lead, event: e.LeadCaptured, at: Instant, agreement: Agreement) -> tuple[Lead, Marks]:
    """A capture after the episode's end opens the next one, unless the ended one has no capture yet: then it is
    that episode's own, late by the source's clock (a win before its first contact)."""
    if lead.closed and lead.captured_at is not None and not lead.merged_into:
        lead = _opened(lead, event, agreement)
    marks: Marks = NOTHING if event.department is None or agreement.knows(event.department) else ("unknown_department",)
    if lead.captured_at is not None:
        return lead._replace(profile=_completed(lead.profile, event)), marks
    return lead._replace(captured_at=at, profile=_profiled(lead.profile, event)), marks


def _profiled(profile: Profile, event: e.LeadCaptured | e.LeadProfiled) -> Profile:
    return Profile(
        event.channel or profile.channel,
        event.campaign or profile.campaign,
        event.persona or profile.persona,
        event.industry or profile.industry,
        event.company_size or profile.company_size,
        event.region or profile.region,
        profile.score,
    )


def _completed(profile: Profile, event: e.LeadCaptured) -> Profile:
    """A further capture in an episode fills what is not known; the first touch stays."""
    known = _profiled(profile, event)
    return Profile._make(old if old is not None else new for old, new in zip(profile, known, strict=True))


def _assigned(lead: Lead, event: e.LeadAssigned, recorded: e.Recorded, at: Instant, agreement: Agreement) -> tuple[Lead, Marks]:
    if lead.closed:
        return lead, ORPHANED
    if not agreement.knows(event.department):
        return lead, ("unknown_department",)
    offer = lead.offer
    if offer is not None and offer.receiver == event.department:
        offer = offer._replace(owner=event.owner)
        if offer.deemed_at is None:
            since = counted_from(recorded, at, offer.receiver, offer.offered_at, agreement)
            deemed_at = _deemed_at(offer, since, agreement)
            # An assignment that was written down late may bring a time that is over: silence counts from where it stands.
            offer = offer._replace(deemed_at=None if deemed_at is None else max(deemed_at, at))
    return lead._replace(owners=with_entry(lead.owners, event.department, event.owner), offer=offer), NOTHING


def _left(lead: Lead, person: str) -> Lead:
    """A person left: the ownership ends, and an offer waits to be routed again."""
    if person in lead.owners.values():
        lead = lead._replace(owners={department: owner for department, owner in lead.owners.items() if owner != person})
    if lead.offer is not None and lead.offer.owner == person:
        lead = lead._replace(offer=lead.offer._replace(owner=None))
    return lead


def _activity(lead: Lead, event: e.ActivityLogged, actor: str | None) -> Lead:
    """The pausing department's next attempt ends its pause."""
    pause = lead.pause
    if pause is None or actor is None or event.direction != "outbound" or event.automated:
        return lead
    return lead._replace(pause=None) if department_of(actor) == pause.by else lead


# Stage and custody


def _entered(lead: Lead, stage: str, recorded: e.Recorded, agreement: Agreement) -> tuple[Lead, Marks]:
    """The custodian moves the lead forward."""
    moved, marks = _moved(lead, stage, agreement)
    forward = _holds(lead, recorded) and agreement.rank(stage) > agreement.rank(lead.stage)
    return (moved, marks) if forward or marks else (lead, ORPHANED)


def _moved(lead: Lead, stage: str, agreement: Agreement) -> tuple[Lead, Marks]:
    if lead.closed:
        return lead, ORPHANED
    if agreement.rank(stage) < 0:
        return lead, ("unknown_stage",)
    return lead._replace(stage=stage, bypass=False, pause=None), NOTHING


def _stage_observed(lead: Lead, event: e.StageObserved, agreement: Agreement) -> tuple[Lead, Marks]:
    if lead.closed:
        return lead, ORPHANED
    outcome = agreement.outcomes.get(event.stage)
    rank = agreement.rank(event.stage)
    if outcome is None and rank < 0:
        return lead, ("unknown_stage",)
    backwards: Marks = ("backwards",) if 0 <= rank < agreement.rank(lead.stage) else NOTHING
    after = lead if rank < 0 else lead._replace(stage=event.stage, pause=None, bypass=False)
    if event.amount is not None and event.currency is not None:
        after = after._replace(deal=Deal(event.amount, event.currency))
    marks: Marks = NOTHING
    if event.custodian is not None:
        after, marks = _custody_observed(after, event.custodian, event.owner, agreement)
    onward = agreement.onward(after.custodian)
    if onward is not None and rank > agreement.rank(onward.leg) and not after.bypass:
        after, marks = after._replace(bypass=True), (*marks, "bypass")
    if outcome is not None:
        after, _ = _ended(after, outcome, agreement)
    return after, backwards + marks


def _custody_observed(lead: Lead, custodian: str, owner: str | None, agreement: Agreement) -> tuple[Lead, Marks]:
    if lead.closed:
        return lead, ORPHANED
    if not agreement.knows(custodian):
        return lead, ("unknown_department",)
    bypass = custodian != lead.custodian and _skips_handoff(lead.custodian, custodian, agreement)
    owners = with_entry(lead.owners, custodian, owner) if owner else lead.owners
    if custodian == lead.custodian:
        return lead._replace(owners=owners), NOTHING
    lapsed = _lapsed(lead)
    after = lapsed._replace(custodian=custodian, owners=owners, held=None, pause=None, bypass=bypass)
    return after, ("bypass",) if bypass else NOTHING


def _skips_handoff(giver: str, receiver: str, agreement: Agreement) -> bool:
    """Whether the agreement has handoffs on the way from one department to the other."""
    seen: set[str] = set()
    department: str | None = giver
    while department is not None and department not in seen:
        seen.add(department)
        onward: Handoff | None = agreement.onward(department)
        department = onward.receiver if onward else None
        if department == receiver:
            return True
    return False


# The handoff


def _offered(lead: Lead, event: e.HandoffOffered, recorded: e.Recorded, at: Instant, agreement: Agreement) -> tuple[Lead, Marks]:
    if not _holds(lead, recorded) or lead.offer is not None or event.handoff in lead.handoffs:
        return lead, ORPHANED
    offer = Offer(
        handoff=event.handoff,
        leg=event.leg,
        giver=lead.custodian,
        receiver=event.to,
        owner=event.owner or lead.owners.get(event.to),
        position=recorded.position,
        offered_at=at,
    )
    offer = offer._replace(deemed_at=_deemed_at(offer, at, agreement))
    return lead._replace(offer=offer, pause=None, handoffs=with_entry(lead.handoffs, event.handoff, "offered")), NOTHING


def _deemed_at(offer: Offer, at: Instant, agreement: Agreement) -> Instant | None:
    """The due instant of the receiver's decision, where the agreement deems silence acceptance and the clock runs:
    from the offer when its owner is known or nobody promised to route it, else from the assignment."""
    promise = agreement.promise_of("decide", offer.leg)
    if not agreement.deem_accepted or promise is None or promise.within is None:
        return None
    if offer.owner is None and agreement.promise_of("route", offer.leg):
        return None
    return _due(promise.within, at, agreement)


def _due(span: Span, start: Instant, agreement: Agreement) -> Instant | None:
    try:
        return span.due(agreement.calendar, start)
    except BeyondCalendarError:
        return None


def _accepted(lead: Lead, event: e.HandoffAccepted, actor: str | None, agreement: Agreement) -> tuple[Lead, Marks]:
    offer = lead.offer
    if offer is None or offer.handoff != event.handoff:
        if lead.held is not None and lead.held.handoff == event.handoff and lead.handoffs.get(event.handoff) == "deemed":
            owner = _accepting_owner(event, actor, lead.held)
            return lead._replace(owners=with_entry(lead.owners, lead.held.receiver, owner) if owner else lead.owners), ORPHANED
        return lead, ORPHANED
    return taken(lead, offer, "accepted", _accepting_owner(event, actor, offer), agreement), NOTHING


def _accepting_owner(event: e.HandoffAccepted, actor: str | None, offer: Offer) -> str | None:
    if event.owner:
        return event.owner
    if actor is not None and is_person(actor) and department_of(actor) == offer.receiver:
        return actor
    return offer.owner


def _declined(lead: Lead, handoff: str, how: str) -> tuple[Lead, Marks]:
    if lead.offer is None or lead.offer.handoff != handoff:
        return lead, ORPHANED
    return lead._replace(offer=None, handoffs=with_entry(lead.handoffs, handoff, how)), NOTHING


def _returned(lead: Lead, event: e.HandoffReturned) -> tuple[Lead, Marks]:
    held = lead.held
    if lead.closed or held is None or held.handoff != event.handoff or held.receiver != lead.custodian:
        return lead, ORPHANED
    lapsed = _lapsed(lead)
    return lapsed._replace(
        custodian=held.giver, held=None, pause=None, bypass=False, handoffs=with_entry(lapsed.handoffs, event.handoff, "returned")
    ), NOTHING


def _lapsed(lead: Lead) -> Lead:
    """The lead without its pending offer, which nobody can answer any more."""
    if lead.offer is None:
        return lead
    return lead._replace(offer=None, handoffs=with_entry(lead.handoffs, lead.offer.handoff, "lapsed"))


def _paused(lead: Lead, event: e.ClockPaused, recorded: e.Recorded, at: Instant, agreement: Agreement) -> tuple[Lead, Marks]:
    if lead.closed or lead.pause is not None or recorded.actor is None:
        return lead, ORPHANED
    ends = [_due(agreement.max_pause, at, agreement), instant(event.until) if event.until else None]
    known = [end for end in ends if end is not None]
    if known and min(known) <= at:
        return lead, ORPHANED  # It was over before it takes effect.
    pause = Pause(
        reason=event.reason,
        by=department_of(recorded.actor),
        position=recorded.position,
        ends_at=min(known) if known else None,
        evidenced=event.reason == "customer" and bool(event.evidence),
    )
    return lead._replace(pause=pause), NOTHING


# The end of an episode


def _holds(lead: Lead, recorded: e.Recorded) -> bool:
    """Whether the lead is open and in the hands of the department that acts: otherwise what made the act right when it
    was recorded is no longer so."""
    return not lead.closed and recorded.actor is not None and department_of(recorded.actor) == lead.custodian


def _undecided(lead: Lead, recorded: e.Recorded) -> bool:
    return lead.outcome is None and _holds(lead, recorded)


def _opportunity(lead: Lead, event: e.OpportunityOpened, agreement: Agreement) -> tuple[Lead, Marks]:
    """A deal is in sight, also where the agreement has no stage of that name."""
    lead = lead._replace(deal=Deal(event.amount, event.currency))
    return _moved(lead, "opportunity", agreement) if agreement.rank("opportunity") > agreement.rank(lead.stage) else (lead, NOTHING)


def _ended(lead: Lead, outcome: Outcome, agreement: Agreement) -> tuple[Lead, Marks]:
    """A win stays open until its handoff is accepted, where the custodian has one to give."""
    if outcome == "won":
        stage = "won" if agreement.rank("won") >= 0 else lead.stage
        lead = _lapsed(lead)._replace(stage=stage, outcome="won", pause=None)
        onward = agreement.onward(lead.custodian)
        return (lead if onward is not None and onward.leg == stage else _closed(lead)), NOTHING
    return _closed(lead)._replace(outcome=outcome), NOTHING


def _closed(lead: Lead) -> Lead:
    return _lapsed(lead)._replace(closed=True, pause=None, bypass=False)
