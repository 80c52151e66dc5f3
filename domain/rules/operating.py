"""What operations answers for: routing, integrations, and leads left without an owner."""

from __future__ import annotations

from collections.abc import Iterator

from domain import events as e
from domain import sentences
from domain.agreement import Agreement
from domain.calendar import BeyondCalendarError
from domain.episodes import Episode, Segment
from domain.findings import Finding, Window, all_of, cited
from domain.order import by_hand, is_late
from domain.rules.book import TIMED, rule
from domain.rules.case import Case
from domain.rules.giving import promise_at
from domain.rules.timed import about, promised
from domain.vocabulary import NOBODY, OPERATIONS, Instant


@rule("O1", "route", japanese="引き継がれたリードの担当者を期限までに決める約束が守られなかった場合。オペレーションの要因です。")
def routing(case: Case) -> Iterator[Finding]:
    """O1: the promise to find an owner for an offered lead was broken. Operations bears it."""
    return promised(case, "O1", "route")


@rule("O1", "decide", japanese="受け手が手続き上の理由で差し戻し、その差し戻しが有効な場合（割り振り先の誤り）。オペレーションの要因です。")
def misrouted(case: Case) -> Iterator[Finding]:
    """O1: the receiver turned the offer down for procedural reasons, and the rejection stands: it was routed wrongly.
    Operations bears it."""
    for rejection in case.rejections:
        if rejection.event.kind != "procedural":
            continue
        agreement = case.agreement_of(rejection.offer)
        yield Finding(
            code="O1",
            shares=all_of(OPERATIONS),
            promise=promise_at(agreement, "decide", rejection.offered.leg),
            position=rejection.offer.position,
            episode=rejection.episode,
            since=rejection.at,
            agreement=agreement,
            about={"handoff": rejection.handoff},
            evidence=cited(rejection.position),
            sentence=case.said(sentences.misrouted, rejection.receiver, rejection.event, rejection.at, agreement),
            handoff=rejection.handoff,
            rejection=rejection.position,
        )


@rule(
    "O2",
    *TIMED,
    japanese="期限内に行われたことを、システムが期限の後に、合意した許容時間より遅れて台帳へ送った場合。担当部門は超過扱いにせず、"
    "遅れはオペレーションの要因です（記録1件につき1回）。",
)
def sync_lag(case: Case) -> Iterator[Finding]:
    """O2: a machine reported something done in time only after it was due, and later than agreed. The person is
    cleared; operations bears the lag, once for each report."""
    told: set[int] = set()
    kept = [clock for clock in case.clocks if clock.state == "kept" and clock.late_at is not None]
    for clock in sorted(kept, key=lambda one: (one.late_at or 0, one.started_by)):
        stop = None if clock.stopped_by is None else case.by_position.get(clock.stopped_by)
        if clock.late_at is None or stop is None or stop[1].position in told:
            continue
        recorded = stop[1]
        if by_hand(recorded) or not is_late(recorded, clock.agreement) or not recorded.occurred_at <= clock.late_at < recorded.recorded_at:
            continue
        told.add(recorded.position)
        yield Finding(
            code="O2",
            shares=all_of(OPERATIONS),
            promise=clock.term.id,
            position=clock.started_by,
            episode=clock.episode,
            since=clock.late_at,
            agreement=clock.agreement,
            about=about(clock),
            evidence=cited(clock.started_by, recorded.position),
            sentence=case.said(sentences.lagged, clock, recorded),
            window=Window(recorded.occurred_at, recorded.recorded_at),
            handoff=clock.handoff,
        )


@rule("O3", "route", japanese="担当者が離任し、割り振りに合意した時間内に後任が決まらなかった場合。オペレーションの要因です。")
def limbo(case: Case) -> Iterator[Finding]:
    """O3: the lead's owner left, and nobody was assigned within the time agreed for routing. Operations bears it."""
    departures = {departure.position: departure for departure in case.shared.departures}
    for episode in case.story.episodes if departures else ():
        told: set[int] = set()
        for number, segment in enumerate(episode.segments):
            departure = departures.get(segment.opened_by)
            if departure is None or departure.position in told or segment.owner is not None or segment.responsible != segment.custodian:
                continue
            told.add(departure.position)  # An outage cuts the stretch, and it goes on behind.
            until, agreement = _owned_again(episode, number), case.agreement_of(departure)
            allowed_until = _allowed_until(segment.from_, agreement)
            if allowed_until < (case.as_of if until is None else until):
                yield _limbo(case, departure, episode, segment, until, allowed_until, agreement)


def _limbo(
    case: Case, departure: e.Recorded, episode: Episode, segment: Segment, until: Instant | None, since: Instant, agreement: Agreement
) -> Finding:
    return Finding(
        code="O3",
        shares=all_of(OPERATIONS),
        promise="",
        position=departure.position,
        episode=episode.number,
        since=since,
        agreement=agreement,
        about={"episode": episode.number},
        evidence=cited(departure.position),
        sentence=case.said(sentences.limbo, segment.custodian, segment.from_, until, agreement),
        window=Window(segment.from_, until),
        is_due=True,
    )


def _owned_again(episode: Episode, number: int) -> Instant | None:
    """When somebody owned the lead again, or it left those hands."""
    limbo = episode.segments[number]
    for segment in episode.segments[number + 1 :]:
        if segment.owner is not None or segment.custodian != limbo.custodian or segment.responsible not in (limbo.custodian, NOBODY):
            return segment.from_
    return episode.until


def _allowed_until(since: Instant, agreement: Agreement) -> Instant:
    """Until when somebody is to be assigned: the time agreed for routing, if any."""
    within = next((promise.within for promise in agreement.promises if promise.kind == "route"), None)
    try:
        return since if within is None else within.due(agreement.calendar, since)
    except BeyondCalendarError:
        return since
