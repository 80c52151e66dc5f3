"""Verdicts on whole months, which belong to no lead: the findings of a month, each with its id and what a dispute made of it.

Disputes about them stand in the shared stream `months`. Nobody can tell from that stream which months there are, so one
that was opened too late is recorded and has no effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from domain import disputes, verdicts
from domain.contesting import known_until
from domain.findings import Finding, Status
from domain.periods import Offered
from domain.rules import case
from domain.rules.months import Month, monthly_rules_of
from domain.shared import Shared
from domain.verdicts import Verdict
from domain.vocabulary import Instant


def monthly_verdicts(month: Month, shared: Shared) -> tuple[Verdict, ...]:
    """Every verdict on a month as it stands at the month's `at`, in the order in which they began to hold."""
    found = (finding for rule in monthly_rules_of(month.agreement.rules) for finding in rule(month))
    return tuple(sorted((_settled(month, finding, shared) for finding in found), key=lambda verdict: verdict.finding.since))


def monthly_id(agreement: str, code: str, promise: str, month: str, position: int = 0) -> str:
    """The same for every revision: of an M4 whatever becomes known later, of an S2 as long as its first offer is the same.
    `agreement` is the name without its version."""
    told = "\x1f".join((agreement, code, promise, month, str(position)))
    return sha256(told.encode()).hexdigest()[:16]


def behind(month: Month, found: Finding) -> Sequence[Offered]:
    """The offers behind a finding: a month's for a volume, those decided by now for a rate, the fullest day's for a surge."""
    if found.code == "S2":
        handoff = month.agreement.handoff_at(found.promise)
        made = month.offers.get((handoff.giver, handoff.leg), ()) if handoff is not None else ()
        cited = frozenset(found.evidence)
        return [offer for offer in made if offer.position in cited]
    promise = next(one for one in month.promised() if one.id == found.promise)
    made = month.offers_of(promise.promisor, promise.leg)
    return made if promise.kind == "volume" else [offer for offer in made if offer.decided(month.at)]


def disputable_until(month: Month, found: Finding, opened_at: Instant) -> Instant | None:
    """The end of the time to dispute a finding, by what was known when a dispute was opened: it runs from when the finding
    held, or from the latest answer to an offer behind it."""
    answers = [offer.answered_at for offer in behind(month, found) if offer.answered_at is not None]
    return known_until(found.agreement, max([found.since, *(at for at in answers if at <= opened_at)]))


def _settled(month: Month, found: Finding, shared: Shared) -> Verdict:
    status: Status = "provisional" if shared.provisional(found.agreement.id, month.since) else "standing"
    own_id = monthly_id(found.agreement.name, found.code, found.promise, month.name, found.position)
    verdict = Verdict(own_id, status, found.shares, found.sentence, found)
    told = list(_in_time(month, verdict, shared))
    if not told:
        return verdict
    dispute = told[-1]
    ended = dispute.ended
    on_lead = case.Dispute(dispute.opened.event, dispute.state, None if ended is None else ended.event)
    return verdicts.disputed(verdict, on_lead, dispute.state, None if ended is None else ended.at)


def _in_time(month: Month, verdict: Verdict, shared: Shared) -> Iterator[disputes.Dispute]:
    """The disputes about a verdict that nobody took back, and that were opened in time."""
    for dispute in shared.disputes.values():
        by_then = dispute.at(month.at) if verdict.id in dispute.about else None
        if by_then is None or by_then.state == "withdrawn":
            continue
        until = disputable_until(month, verdict.finding, by_then.opened.at)
        if until is None or by_then.opened.at <= until:
            yield by_then
