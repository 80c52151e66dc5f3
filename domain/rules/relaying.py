"""What is found on the whole way from hand to hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from domain import sentences
from domain.agreement import Relay
from domain.clocks import Clock, allowed, elapsed, used
from domain.episodes import Episode, business_seconds
from domain.findings import Finding, all_of, by_overrun, by_weight, cited
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
        overruns = _overruns(case, clock, runs)
        is_over = any(overruns.values())
        since, is_due = broken_since(clock)
        sentence = (
            sentences.late_relay(clock, used(clock, case.as_of) or 0, overruns, _ends(runs)) if is_over else sentences.within_budgets(clock)
        )
        yield Finding(
            code="E1" if is_over else "N1",
            shares=by_overrun(overruns) if is_over else all_of(NOBODY),
            promise=clock.term.id,
            position=clock.started_by,
            episode=clock.episode,
            since=since,
            agreement=clock.agreement,
            about=about(clock),
            evidence=cited(clock.started_by, clock.stopped_by, *(_passed_on(case, runs) if is_over else ())),
            sentence=sentence,
            window=searched(clock),
            handoff=clock.handoff,
            overruns=overruns,
            is_due=is_due,
        )


def is_nobodys(case: Case, relay: Clock) -> bool:
    """Whether an end-to-end target was missed, and no party bears it (N1)."""
    breach = case.breach_of(relay)
    if breach is None or case.straddled(relay):
        return False
    return breach.is_excused or not any(_overruns(case, relay, _runs(case, relay)).values())


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


def _overruns(case: Case, relay: Clock, runs: Sequence[Clock]) -> Mapping[str, int]:
    """Seconds over the sum of its own budgets, by party. What a clock ran on another lead, before the relay began, is no part
    of the way."""
    balance: dict[str, int] = {}
    for clock in runs:
        spent, granted = used(clock, case.as_of), allowed(clock)
        ahead = 0 if clock.merged_at is None else elapsed(clock, clock.started_at, max(relay.started_at, clock.started_at)) or 0
        if spent is not None and granted is not None and not case.straddled(clock):
            balance[clock.promisor] = balance.get(clock.promisor, 0) + spent - case.excused(clock) - granted - ahead
    return {party: max(0, seconds) for party, seconds in balance.items()}


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
            sentence=sentences.ping_pong(len(held) - 1, held[again].holder, spans, (held[1].since, held[3].since), agreement),
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
