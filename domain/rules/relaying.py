"""What is found on the whole way from hand to hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from domain import sentences
from domain.agreement import Relay
from domain.clocks import Clock, allowed, elapsed, ever_breached, used, used_up
from domain.episodes import Episode, business_seconds
from domain.findings import Finding, Sentence, all_of, by_overrun, by_weight, cited
from domain.rules.book import rule
from domain.rules.case import Case
from domain.rules.timed import about, broken_since, excused, searched
from domain.vocabulary import NOBODY, Instant


@rule(
    "E1",
    "relay",
    japanese="全体期限が守られなかった場合。障害とお客様の時間を除き、各部門が自分の持ち時間の合計を超えた分に応じて分けます。"
    "超過の8割以上なら、その部門だけの要因です。持ち時間を超えた部門がなければ N1 です。",
)
def late_relay(case: Case) -> Iterator[Finding]:
    """E1: an end-to-end target was missed. Each party bears it by what it used over the sum of its own budgets, without
    what an outage or the customer took; at four fifths of the overrun it is sole. N1 where no party is over its budget."""
    for clock in case.relays:
        breach = case.breach_of(clock)
        if breach is None or case.straddled(clock) or clock.due_at is None:
            continue
        if breach.is_excused:
            yield excused(case, clock)
            continue
        runs = _runs(case, clock)
        balances = _balances(case, clock, runs)
        over = _over(case, runs, balances)
        since, is_due = broken_since(clock)
        yield Finding(
            code="E1" if over else "N1",
            shares=by_overrun(over) if over else all_of(NOBODY),
            promise=clock.term.id,
            position=clock.started_by,
            episode=clock.episode,
            since=since,
            agreement=clock.agreement,
            about=about(clock),
            evidence=cited(clock.started_by, clock.stopped_by, *(_passed_on(case, runs) if over else ())),
            sentence=case.said(_told, case, clock, runs, over),
            window=searched(clock),
            handoff=clock.handoff,
            overruns={party: max(0, seconds) for party, seconds in balances.items()},
            is_due=is_due,
        )


def _told(case: Case, relay: Clock, runs: Sequence[Clock], over: Mapping[str, int]) -> Sentence:
    return sentences.late_relay(relay, used(relay, case.as_of) or 0, over, _ends(runs)) if over else sentences.within_budgets(relay)


def is_nobodys(case: Case, relay: Clock) -> bool:
    """Whether an end-to-end target was missed, and no party bears it (N1)."""
    breach = case.breach_of(relay)
    if breach is None or case.straddled(relay):
        return False
    runs = _runs(case, relay)
    return breach.is_excused or not _over(case, runs, _balances(case, relay, runs))


def borne_from(case: Case, relay: Clock) -> Instant | None:
    """When the first party will be over its budgets by one of its parts that runs on, where the others stay as they are and
    none has rested."""
    runs = _runs(case, relay)
    balances = _balances(case, relay, runs)
    found = []
    for clock in runs:
        if clock.is_open and not clock.rests and clock.late_at is not None and clock.promisor in balances:
            at = used_up(clock, (used(clock, case.as_of) or 0) - balances[clock.promisor])
            found += [] if at is None else [max(at, clock.late_at + 1)]
    return min(found, default=None)


def _runs(case: Case, relay: Clock) -> list[Clock]:
    """The clocks of the promises that a relay runs over, in the order in which they started."""
    assert isinstance(relay.term, Relay)
    found = [
        clock
        for clock in case.clocks
        if clock.term.id in relay.term.promises
        and clock.episode == relay.episode
        and (relay.handoff is None or clock.handoff == relay.handoff)
    ]
    return sorted(found, key=lambda clock: (clock.started_at, clock.started_by))


def _balances(case: Case, relay: Clock, runs: Sequence[Clock]) -> Mapping[str, int]:
    """Seconds used beyond the sum of its own budgets, by party; negative where some are left. What a clock ran on another
    lead, before the relay began, is no part of the way."""
    balance: dict[str, int] = {}
    for clock in runs:
        spent, granted = used(clock, case.as_of), allowed(clock)
        ahead = 0 if clock.merged_at is None else elapsed(clock, clock.started_at, max(relay.started_at, clock.started_at)) or 0
        if spent is not None and granted is not None and not case.straddled(clock):
            balance[clock.promisor] = balance.get(clock.promisor, 0) + spent - case.excused(clock) - granted - ahead
    return balance


def _over(case: Case, runs: Sequence[Clock], balances: Mapping[str, int]) -> Mapping[str, int]:
    """Seconds over the sum of its own budgets, by party, of those that are over it. In the first second these are the ones
    that have just used it up, and still owe what is overdue."""
    owing = {clock.promisor for clock in runs if clock.is_open and ever_breached(clock, case.as_of)}
    whole = {party: seconds for party, seconds in balances.items() if seconds > 0}
    return whole or {party: 0 for party, seconds in balances.items() if not seconds and party in owing}


def _ends(runs: Sequence[Clock]) -> Mapping[str, Instant]:
    """When each party's last part of it ended, where it has."""
    last = {clock.promisor: clock.ended_at for clock in runs}
    return {party: end for party, end in last.items() if end is not None}


def _passed_on(case: Case, runs: Sequence[Clock]) -> list[int]:
    """The positions at which the next move passed on to another party that took time."""
    stretches: list[tuple[str, int, int]] = []
    for clock in runs:
        spent = used(clock, case.as_of) or 0
        if stretches and stretches[-1][0] == clock.promisor:
            party, began_by, before = stretches[-1]
            stretches[-1] = (party, began_by, before + spent)
        else:
            stretches.append((clock.promisor, clock.started_by, spent))
    ran = [(party, began_by) for party, began_by, spent in stretches if spent]
    return [after[1] for before, after in pairwise(ran) if before[0] != after[0]]


@rule(
    "S1",
    japanese="同じエピソードで保有部門が3回以上変わり、前の保有部門に戻った場合。最初の移動から3回目の移動までに保有した営業時間に応じて分けます。"
    "その時間がなければ判定しません。",
)
def ping_pong(case: Case) -> Iterator[Finding]:
    """S1: custody changed at least three times in an episode and came back to an earlier holder. Each holder bears it by
    its business time from the first change to the third; nobody where that is none."""
    for episode in case.story.episodes:
        held = [holding for holding in episode.custodians if holding.since <= case.as_of]
        again = next((number for number, one in enumerate(held) if any(one.holder == before.holder for before in held[:number])), None)
        if len(held) < 4 or again is None:
            continue
        first = held[1].opened_by
        agreement = case.agreement_of(case.by_position[first][1]) if first in case.by_position else case.story.agreement
        spans = _spans(case, episode)
        if not sum(spans.values()):
            continue
        last = held[max(3, again)]
        yield Finding(
            code="S1",
            shares=by_weight(spans),
            promise="",
            position=first,
            episode=episode.number,
            since=last.since,
            agreement=agreement,
            about={"episode": episode.number},
            evidence=cited(*(holding.opened_by for holding in held[1:4]), last.opened_by),
            sentence=case.said(sentences.ping_pong, len(held) - 1, held[again].holder, spans, (held[1].since, held[3].since), agreement),
            overruns=spans,
        )


def _spans(case: Case, episode: Episode) -> Mapping[str, int]:
    """Business seconds in custody from the first change of custody to the third, by holder."""
    found: dict[str, int] = {}
    _, first, second, third, *_ = episode.custodians
    for holding, until in ((first, second.since), (second, third.since)):
        seconds = business_seconds(case.story.agreement, holding.since, until) or 0
        found[holding.holder] = found.get(holding.holder, 0) + seconds
    return found
