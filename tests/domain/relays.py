"""Random stories in which people mostly do what they may do next, so that promises start, rest and end."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from domain import events as e
from domain.agreement import Agreement
from domain.agreement_terms import parse
from domain.lead import Lead
from domain.shared import Shared
from domain.the_model import TERMS, THE_MODEL
from domain.timeline import timeline
from domain.vocabulary import SECOND, Instant, moment
from tests.domain.strategies import LATENESS_SECONDS, anything

REVISED: Agreement = parse(
    TERMS
    | {
        "version": 2,
        "deem_accepted": False,
        "promises": [
            *(row | {"within": {"hours": 3}} if row["kind"] in ("decide", "first_attempt", "offer") else row for row in TERMS["promises"]),
            {"id": "first_attempt.won", "kind": "first_attempt", "promisor": "customer_success", "promisee": "field_sales", "leg": "won",
             "within": {"business_days": 1}},
        ],
        "relays": [
            *TERMS["relays"],
            {"id": "capture_to_acceptance", "from": "lead.captured", "until": "handoff.accepted", "leg": "mql",
             "within": {"business_days": 2}, "legs": [{"promise": "offer.mql"}, {"promise": "decide.mql"}]},
            {"id": "acceptance_to_attempt", "from": "handoff.accepted", "until": "first_attempt", "leg": "mql",
             "within": {"business_hours": 2}, "legs": [{"promise": "first_attempt.mql"}]},
        ],
    }
)  # fmt: skip
"""Other terms of the same kind: times by the wall clock, no silence taken for an answer, and more relays."""

BOTH = Shared(agreements={THE_MODEL.id: THE_MODEL, REVISED.id: REVISED})
_GAPS_SECONDS = (1, 60, 1_200, 3_600, 7_200, 20_000, 86_400, 400_000)
Told = tuple[e.AnyEvent, str]


def story(
    r: random.Random, length: int, begin: Instant, *, late: bool = True, agreements: tuple[Agreement, ...] = (THE_MODEL,)
) -> list[e.Recorded]:
    """A lead's events as the ledger recorded them; with `late` some of them after the fact."""
    told: list[e.Recorded] = []
    recorded_at = begin
    for position in range(1, length + 1):
        recorded_at += r.choice(_GAPS_SECONDS) * SECOND
        lead = timeline(told, BOTH, "L-1").lead
        event, actor = _next(r, lead, position, recorded_at)
        at = recorded_at - (r.choice(LATENESS_SECONDS) * SECOND if late else 0)
        kind = r.choice(("manual", "integration", "import")) if late else "import"
        agreement = r.choice(agreements).id
        told.append(e.Recorded(position, position, at, recorded_at, "L-1", event, actor, "s1", kind, agreement))
    return told


def _next(r: random.Random, lead: Lead, position: int, at: Instant) -> Told:
    """Something that may well come next; now and then anything at all."""
    if position == 1:
        return e.LeadCaptured(channel="web"), "marketing:p1"
    if r.random() < 0.1:
        while isinstance((told := anything(r, position, at))[0], e.LeadMerged) or told[0].SHARED is not None:
            pass
        return told
    if lead.closed:
        return r.choice(_AFTER_THE_END)(r, lead, position, at)
    if lead.offer is not None:
        return r.choice(_WHILE_OFFERED)(r, lead, position, at)
    return r.choice(_IN_HAND)(r, lead, position, at)


Act = Callable[[random.Random, Lead, int, Instant], Told]


def _touch(r: random.Random, lead: Lead, _position: int, _at: Instant) -> Told:
    by = r.choice((lead.custodian, lead.custodian, "marketing"))
    kind, outcome = r.choice((("call", "no_answer"), ("call", "connected"), ("email", None), ("email", "replied")))
    direction = r.choice(("outbound", "outbound", "inbound"))
    captured = r.choice((None, None, "typed", "machine"))
    return e.ActivityLogged(kind, direction, outcome, r.choice((None, None, True)), captured), f"{by}:p1"  # type: ignore[arg-type]


def _score(r: random.Random, _lead: Lead, _position: int, _at: Instant) -> Told:
    return e.LeadScored(r.choice((40, 60, 90)), "m"), r.choice(("marketing:ma", "operations:feed"))


def _stage(r: random.Random, lead: Lead, _position: int, _at: Instant) -> Told:
    rank = THE_MODEL.rank(lead.stage)
    later = THE_MODEL.stages[rank + 1 : rank + 3] or THE_MODEL.stages[-1:]
    return e.StageEntered(r.choice(later)), f"{lead.custodian}:p1"


def _offer(r: random.Random, lead: Lead, position: int, _at: Instant) -> Told:
    onward = THE_MODEL.onward(lead.custodian) or THE_MODEL.handoffs[0]
    owner = r.choice((None, f"{onward.receiver}:p1"))
    return e.HandoffOffered(f"h{position}", onward.leg, onward.receiver, e.Briefing(score=70), owner), f"{lead.custodian}:p1"


def _accept(_r: random.Random, lead: Lead, _position: int, _at: Instant) -> Told:
    assert lead.offer is not None
    return e.HandoffAccepted(lead.offer.handoff), f"{lead.offer.receiver}:p2"


def _reject(_r: random.Random, lead: Lead, _position: int, _at: Instant) -> Told:
    assert lead.offer is not None
    return e.HandoffRejected(lead.offer.handoff, "definitional", "x"), f"{lead.offer.receiver}:p1"


def _withdraw(_r: random.Random, lead: Lead, _position: int, _at: Instant) -> Told:
    assert lead.offer is not None
    return e.HandoffWithdrawn(lead.offer.handoff, "x"), f"{lead.offer.giver}:p1"


def _assign(r: random.Random, lead: Lead, _position: int, _at: Instant) -> Told:
    department = lead.offer.receiver if lead.offer else lead.custodian
    return e.LeadAssigned(department, f"{department}:p{r.randint(1, 2)}"), r.choice(("operations:router", f"{department}:boss"))


def _try_early(_r: random.Random, lead: Lead, _position: int, _at: Instant) -> Told:
    assert lead.offer is not None
    return e.ActivityLogged("call", "outbound", "no_answer"), f"{lead.offer.receiver}:p1"


def _give_back(_r: random.Random, lead: Lead, _position: int, _at: Instant) -> Told:
    return e.HandoffReturned(lead.held.handoff if lead.held else "h0", "unable_to_reach"), f"{lead.custodian}:p1"


def _pause(r: random.Random, lead: Lead, position: int, at: Instant) -> Told:
    until = r.choice((None, moment(at) + timedelta(hours=30)))
    return e.ClockPaused("customer", until, r.choice((None, (position - 1,)))), f"{lead.custodian}:p1"


def _resume(_r: random.Random, lead: Lead, _position: int, _at: Instant) -> Told:
    return e.ClockResumed("customer"), f"{lead.custodian}:p1"


def _end(r: random.Random, lead: Lead, _position: int, at: Instant) -> Told:
    day = (moment(at) + timedelta(days=3)).date()
    ends = (e.LeadDisqualified(r.choice(("no_need", "no_fit"))), e.LeadRecycled("no_response", day), e.DealWon(5, "JPY"), e.DealLost("x"))
    return r.choice(ends), f"{lead.custodian}:p1"


def _report(r: random.Random, lead: Lead, _position: int, _at: Instant) -> Told:
    return e.OutcomeReported("marketing", r.choice(("lost", "returned"))), f"{lead.custodian}:p1"


def _confirm(r: random.Random, _lead: Lead, position: int, _at: Instant) -> Told:
    return e.RecordConfirmed(r.randint(1, position), "x"), r.choice(("marketing:p1", "inside_sales:p1"))


def _hand(_r: random.Random, _lead: Lead, _position: int, _at: Instant) -> Told:
    return e.LeadHandRaised("demo"), "marketing:form"


def _reopen(_r: random.Random, _lead: Lead, _position: int, _at: Instant) -> Told:
    return e.LeadReopened("x"), "marketing:p1"


_IN_HAND: tuple[Act, ...] = (
    _touch, _touch, _score, _stage, _stage, _offer, _offer, _offer, _offer, _give_back, _pause, _pause, _resume, _end, _report,
    _confirm, _hand, _assign,
)  # fmt: skip
_WHILE_OFFERED: tuple[Act, ...] = (
    _accept,
    _accept,
    _accept,
    _reject,
    _withdraw,
    _assign,
    _assign,
    _try_early,
    _pause,
    _score,
    _end,
    _touch,
)
_AFTER_THE_END: tuple[Act, ...] = (_reopen, _hand, _report, _report, _touch, _confirm)
