"""Random relays that break promises in many ways, for laws on verdicts: mostly sensible, with gaming, late notes, feeds,
pauses, rejections, returns, losses and disputes among them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from domain import events as e
from domain.agreement_terms import parse
from domain.order import Act, in_effective_order, standing
from domain.shared import Shared
from domain.the_model import TERMS, THE_MODEL
from domain.timeline import Timeline, timeline
from domain.verdicts import Verdict, case_of, clocks_at, found_in, verdicts
from domain.vocabulary import SECOND, Instant, SourceKind, moment

from .telling import at

KEY = "L-1"
MINUTES = (1, 5, 14, 16, 29, 31, 59, 61, 119, 121, 239, 241, 600, 1_500, 4_000, 20_000)
PEOPLE: Mapping[str, Sequence[str]] = {
    "marketing": ("marketing:tanaka",),
    "inside_sales": ("inside_sales:sato", "inside_sales:abe"),
    "field_sales": ("field_sales:ito",),
    "customer_success": ("customer_success:mori",),
    "operations": ("operations:router",),
}
PATIENT = parse({**TERMS, "name": "patient", "deem_accepted": False})
"""The same agreement, where silence is no acceptance."""
REASONS = ("no_response", "unable_to_reach", "went_cold", "competitor", "inaccurate_data", "no_fit", "no_budget", "other")


class Teller:
    """Tells a relay event by event, as a ledger would have recorded it."""

    def __init__(self, r: random.Random) -> None:
        self.r = r
        self.agreement = r.choice((THE_MODEL, THE_MODEL, PATIENT))
        self.now: Instant = at("16 09:00") + r.randint(0, 3 * 86_400) * SECOND
        self.events: list[e.Recorded] = []

    def then(self, department: str, event: e.AnyEvent) -> int:
        r = self.r
        self.now += r.choice(MINUTES[: r.choice((4, 8, 12, 16))]) * 60 * SECOND
        kind: SourceKind = r.choice(("import", "manual", "manual", "integration"))
        lag = r.choice((0, 0, 0, 0, 20, 90, 300)) * 60 * SECOND if isinstance(event, e.ActivityLogged) else 0
        position = len(self.events) + 1
        actor = r.choice(PEOPLE[department])
        own = None if event.SHARED is not None else KEY
        occurred = self.now - (lag if kind != "import" else 0)
        self.events.append(e.Recorded(position, position, occurred, self.now, own, event, actor, f"s{kind}", kind, self.agreement.id))
        return position


def relay(r: random.Random) -> list[e.Recorded]:
    """One lead's relay, perhaps over two episodes."""
    told = Teller(r)
    for episode in range(r.choice((1, 1, 2))):
        if episode == 0:
            told.then("marketing", e.LeadCaptured(channel=r.choice(("web", "list_purchase"))))
        else:
            told.then("marketing", e.LeadHandRaised("inquiry"))
        score = r.choice((40, 59, 60, 82, None))
        if score is not None:
            told.then("marketing", e.LeadScored(score, "v1"))
        told.then("marketing", e.StageEntered("mql"))
        custodian = "marketing"
        for attempt in range(r.randint(1, 3)):
            if custodian == "marketing":
                custodian = _handed_over(told, f"h{episode}{attempt}", score)
            if custodian == "inside_sales":
                custodian = _worked(told, f"h{episode}{attempt}")
        if r.random() < 0.6:
            ending = r.choice((e.DealLost, e.LeadDisqualified))
            told.then(custodian, ending(r.choice(REASONS)))
        else:
            told.then(custodian, e.LeadRecycled("timing", date(2026, 12, 10)))
        if r.random() < 0.5:
            told.then(custodian, e.OutcomeReported("marketing", "lost"))
    return told.events


def _handed_over(told: Teller, handoff: str, score: int | None) -> str:
    r = told.r
    owner = r.choice(("inside_sales:sato", None))
    briefing = e.Briefing(r.choice((score, score, 40, 82)), r.choice(("demo", None)))
    offered = told.then("marketing", e.HandoffOffered(handoff, "mql", "inside_sales", briefing, owner))
    if owner is None and r.random() < 0.8:
        told.then("operations", e.LeadAssigned("inside_sales", "inside_sales:sato"))
    if r.random() < 0.3:
        _activity(told, "inside_sales")
    if r.random() < 0.35:
        rejected = told.then(
            "inside_sales",
            e.HandoffRejected(handoff, r.choice(("procedural", "clerical", "definitional")), r.choice(("below", "bad_phone"))),
        )
        if r.random() < 0.3:
            _activity(told, "inside_sales")
        if r.random() < 0.5:
            told.then("marketing", e.DisputeOpened(f"d{handoff}", (rejected,), "x"))
            if r.random() < 0.7:
                ruling = r.choice(("upheld", "overturned", "split"))
                told.then("operations", e.DisputeRuled(f"d{handoff}", ruling, (offered,), {"marketing": 30, "inside_sales": 70}))
        return "marketing"
    if r.random() < 0.9:
        told.then("inside_sales", e.HandoffAccepted(handoff))
    return "inside_sales"


def _worked(told: Teller, handoff: str) -> str:
    r = told.r
    for _ in range(r.randint(0, 6)):
        what = r.random()
        if what < 0.55:
            _activity(told, "inside_sales")
        elif what < 0.8:
            told.then("inside_sales", e.ClockPaused("customer", None, r.choice((None, (1,)))))
            told.then("inside_sales", e.ClockResumed("customer"))
        elif what < 0.85:
            until = told.now + r.choice((600, 7_200, 90_000)) * SECOND
            told.then("operations", e.OutageDeclared(moment(told.now), moment(until), r.choice(("all", "inside_sales"))))
        elif what < 0.9:
            told.then("operations", e.PersonDeactivated("inside_sales:sato"))
        else:
            told.then("operations", e.LeadAssigned("inside_sales", "inside_sales:abe"))
    if r.random() < 0.25:
        told.then("inside_sales", e.HandoffReturned(handoff, r.choice(("not_now", "no_response"))))
        return "marketing"
    return "inside_sales"


def _activity(told: Teller, department: str) -> None:
    r = told.r
    kind = r.choice(("call", "call", "email", "meeting"))
    outcome = r.choice(("no_answer", "no_answer", "connected", "bounced", "invalid", "no_show", "replied", "done"))
    direction = r.choice(("outbound", "outbound", "outbound", "inbound"))
    told.then(department, e.ActivityLogged(kind, direction, outcome, captured=r.choice((None, None, "machine", "typed"))))


def shared_by(events: Sequence[e.Recorded], agreements: Sequence[Any] = (THE_MODEL, PATIENT)) -> Shared:
    """What all leads share once these events are known."""
    shared = Shared(agreements={agreement.id: agreement for agreement in agreements})
    for told in events:
        shared = shared.after(told) if told.lead is None else shared
    return shared


def judged(events: Sequence[e.Recorded], as_of: Instant, shared: Shared | None = None) -> tuple[Verdict, ...]:
    """The verdicts on the lead at an instant, as the API reads them."""
    told = _told(events, as_of, shared_by(events) if shared is None else shared)
    return () if told is None else verdicts(KEY, *told, as_of)


def judged_closely(events: Sequence[e.Recorded], as_of: Instant) -> Sequence[Verdict]:
    """The verdicts on the lead at an instant, whether there seems to be anything to look at or not."""
    told = _told(events, as_of, shared_by(events))
    return () if told is None else found_in(*case_of(KEY, *told, as_of, clocks_at(told[0], as_of), in_words=True))


def _told(events: Sequence[e.Recorded], as_of: Instant, shared: Shared) -> tuple[Timeline, list[Act], Shared] | None:
    own = [told for told in events if told.lead is not None]
    effective = [(when, told) for when, told in in_effective_order(standing(own, KEY), shared) if when <= as_of]
    acts = [(when, told) for when, told in effective if told.event.SHARED is None]
    if not acts:
        return None
    by_then = replace(shared, departures=tuple(told for _, told in effective if told.event.SHARED is not None))
    return timeline([told for _, told in acts], by_then, KEY), acts, by_then


def reads(verdict: Verdict) -> tuple[Any, ...]:
    """All that a verdict says."""
    found = verdict.finding
    return verdict.id, verdict.code, dict(verdict.shares), verdict.status, verdict.sentence, found.about, found.window, found.agreement.id
