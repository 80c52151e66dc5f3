"""What nobody can tell, because the record contradicts itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain import events as e
from domain import sentences
from domain.agreement import Promise
from domain.episodes import Episode
from domain.findings import Finding, all_of, cited
from domain.order import Act
from domain.rules.book import TIMED, rule
from domain.rules.case import Case
from domain.rules.giving import disagree, outside, scored_by
from domain.rules.timed import about
from domain.vocabulary import UNDETERMINED, Instant, Outcome, department_of, instant


def _undetermined(**told: Any) -> Finding:
    return Finding(code="U1", shares=all_of(UNDETERMINED), **told)


@rule("U1", "quality", japanese="最新のスコアと引き継ぎ情報のスコアが、基準をまたいで食い違う場合。基準を満たしていたか判定できません。")
def scores_disagree(case: Case) -> Iterator[Finding]:
    """U1: the latest score and the briefing lie on different sides of the bar, so that nobody can tell whether the lead
    was good enough."""
    for clock in case.of_kind("quality"):
        bar = clock.agreement.bar
        made = None if clock.handoff is None else case.offers.get(clock.handoff)
        if bar is None or made is None:
            continue
        at, recorded, offered = made
        latest, briefed = scored_by(case, (at, recorded.position)), offered.briefing.score
        if latest is None or briefed is None or not disagree(latest, briefed, bar.min_score):
            continue
        if outside(case, (at, recorded.position), clock.agreement)[0]:
            continue
        yield _undetermined(
            promise=clock.term.id,
            position=recorded.position,
            episode=clock.episode,
            since=at,
            agreement=clock.agreement,
            about=about(clock),
            evidence=cited(latest[1], recorded.position),
            sentence=case.said(sentences.scores_disagree, latest[2], briefed, bar),
            handoff=clock.handoff,
        )


@rule("U1", "decide", japanese="依頼の記録がない引き継ぎが受け入れられた場合。")
def accepted_unoffered(case: Case) -> Iterator[Finding]:
    """U1: a handoff was accepted that nobody offered."""
    told: set[str] = set()
    for at, act, event in case.logged(e.HandoffAccepted) if case.orphaned else ():
        if act.position not in case.orphaned or event.handoff in told:
            continue
        if event.handoff in case.offers or (episode := case.episode_of(at, act.position)) is None:
            continue
        told.add(event.handoff)
        agreement = case.agreement_of(act)
        yield _undetermined(
            promise="",
            position=act.position,
            episode=episode.number,
            since=at,
            agreement=agreement,
            about={"handoff": event.handoff},
            evidence=cited(act.position),
            sentence=case.said(sentences.accepted_unoffered, department_of(act.actor or ""), event.handoff, at, agreement),
            handoff=event.handoff,
        )


@rule("U1", *TIMED, japanese="約束のタイマーを止めた変化が定期的な読み取りによるもので、起きたのが期限の前か後か決められない場合。")
def straddling(case: Case) -> Iterator[Finding]:
    """U1: a polled change ended a promise's clock, and the stretch in which it happened has the due instant in it."""
    told: set[int | None] = set()
    straddled = [clock for clock in case.clocks if case.straddled(clock)]
    for clock in sorted(straddled, key=lambda one: not isinstance(one.term, Promise)):
        if clock.stopped_by in told and not isinstance(clock.term, Promise):
            continue
        told.add(clock.stopped_by)
        assert clock.stopped_by is not None
        event = case.by_position[clock.stopped_by][1].event
        assert isinstance(event, e.StageObserved | e.CustodyObserved)
        assert event.not_before is not None
        assert event.not_after is not None
        yield _undetermined(
            promise=clock.term.id,
            position=clock.started_by,
            episode=clock.episode,
            since=clock.since,
            agreement=clock.agreement,
            about=about(clock),
            evidence=cited(clock.started_by, clock.stopped_by),
            sentence=case.said(sentences.straddling, clock, instant(event.not_before), instant(event.not_after)),
            handoff=clock.handoff,
        )


@rule("U1", japanese="2つの記録元が、エピソードの異なる結果を伝えた場合。")
def two_outcomes(case: Case) -> Iterator[Finding]:
    """U1: two sources say that an episode ended differently."""
    for episode in case.story.episodes:
        ends = [] if episode.outcome is None else outcomes(case, episode)
        if len(ends) < 2:
            continue
        at, first, outcome = next((end for end in ends if end[1].position not in case.orphaned), ends[0])
        other = next((end for end in ends if end[1].source != first.source and end[2] != outcome), None)
        if other is None:
            continue
        agreement = case.agreement_of(first)
        yield _undetermined(
            promise="",
            position=first.position,
            episode=episode.number,
            since=max(at, other[0]),
            agreement=agreement,
            about={"episode": episode.number},
            evidence=cited(first.position, other[1].position),
            sentence=case.said(sentences.two_outcomes, outcome, other[2]),
        )


def outcome_of(case: Case, act: e.Recorded) -> Outcome | None:
    """The outcome that an event names as the episode's end."""
    match act.event:
        case e.DealWon():
            return "won"
        case e.DealLost():
            return "lost"
        case e.LeadDisqualified():
            return "disqualified"
        case e.LeadRecycled():
            return "recycled"
        case e.StageObserved(stage=stage):
            return case.agreement_of(act).outcomes.get(stage)
        case _:
            return None


def outcomes(case: Case, episode: Episode) -> list[tuple[Instant, e.Recorded, Outcome]]:
    """The events of an episode that name its outcome, in their order."""
    return [(at, act, outcome) for at, act in case.of_episode(episode) if (outcome := outcome_of(case, act)) is not None]


def closing_of(case: Case, episode: Episode) -> Act | None:
    """The event that gave an episode its outcome."""
    return next(((at, act) for at, act, _ in outcomes(case, episode) if act.position not in case.orphaned), None)
