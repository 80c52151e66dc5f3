"""A promise broken in time, as a finding: its party, or nobody where an outage took the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domain import sentences
from domain.agreement import Promise, Relay
from domain.clocks import Clock
from domain.findings import Finding, Sentence, Shares, Window, all_of, cited
from domain.rules import opposing
from domain.rules.book import TIMED, rule
from domain.rules.case import Breach, Case
from domain.vocabulary import NOBODY, Instant


def about(clock: Clock) -> Mapping[str, str | int]:
    """`{"clock": "first_attempt.mql#1"}`, or a relay."""
    return {"relay" if isinstance(clock.term, Relay) else "clock": f"{clock.term.id}#{clock.instance}"}


def broken_since(clock: Clock) -> tuple[Instant, bool]:
    """From when on a promise was broken, and whether that is its due: it is unless the promise was judged before."""
    if clock.late_at is None or (clock.state == "missed" and clock.since <= clock.late_at):
        return clock.since, False
    return clock.late_at, True


def searched(clock: Clock) -> Window:
    """The stretch in which what was promised was looked for."""
    return Window(clock.started_at, clock.ended_at)


def timed(
    case: Case,
    code: str,
    breach: Breach,
    shares: Shares | None = None,
    overruns: Mapping[str, int] | None = None,
    sentence: Sentence | None = None,
    evidence: tuple[int, ...] = (),
) -> Finding:
    """A broken promise under a code: its promisor bears it, unless `shares` say otherwise."""
    clock = breach.clock
    since, is_due = broken_since(clock)
    return Finding(
        code=code,
        shares=shares or all_of(clock.promisor),
        promise=clock.term.id,
        position=clock.started_by,
        episode=clock.episode,
        since=since,
        agreement=clock.agreement,
        about=about(clock),
        evidence=cited(clock.started_by, None if _by_silence(clock) else clock.stopped_by, *evidence),
        sentence=sentence or case.said(sentences.broken, clock, breach.until, breach.overrun),
        window=searched(clock),
        handoff=clock.handoff,
        overruns={clock.promisor: breach.overrun} if overruns is None else overruns,
        remedy=sentences.kept_by(clock) if case.in_words else None,
        missing=_missing(clock) if case.in_words else None,
        is_due=is_due,
        against=case.against(opposing.to_breach, case, clock, breach.until),
    )


def _missing(clock: Clock) -> Sentence | None:
    """What would let a late note count, where it says that the promise was kept."""
    if clock.claimed_at is None or clock.late_at is None or clock.claimed_at > clock.late_at or not isinstance(clock.term, Promise):
        return None
    return sentences.confirmation(clock, clock.claimed_at)


def _by_silence(clock: Clock) -> bool:
    """Whether nothing ended it but silence that counts as acceptance."""
    return isinstance(clock.term, Promise) and clock.term.kind == "decide" and clock.state == "missed" and clock.since == clock.due_at


@rule("N1", *TIMED, japanese="宣言された障害がなければ、約束の時間を使い切らなかった場合。どの部門の要因でもありません。")
def excused(case: Case, clock: Clock) -> Finding:
    """N1: without a declared outage the time of a broken promise would not have been used up: nobody bears it."""
    since, is_due = broken_since(clock)
    return Finding(
        code="N1",
        shares=all_of(NOBODY),
        promise=clock.term.id,
        position=clock.started_by,
        episode=clock.episode,
        since=since,
        agreement=clock.agreement,
        about=about(clock),
        evidence=cited(clock.started_by, clock.stopped_by, *case.outages_of(clock)),
        sentence=case.said(_excused, case, clock),
        window=searched(clock),
        handoff=clock.handoff,
        is_due=is_due,
    )


def _excused(case: Case, clock: Clock) -> Sentence:
    return sentences.excused(clock, case.excused(clock))


def promised(case: Case, code: str, kind: str) -> Iterator[Finding]:
    """Every broken promise of a kind, under a code; N1 where an outage took the time."""
    for breach in case.breaches(kind):
        yield excused(case, breach.clock) if breach.is_excused else timed(case, code, breach)
