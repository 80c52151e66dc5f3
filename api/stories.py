"""A timeline told to people, each line in English and Japanese: who held the baton when, which promise broke, and who
owes what share and why. Told once, for `tasuki judge` and for the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from api.shown_clocks import ShownClock, ShownRelay
from api.shown_verdicts import ShownVerdict
from api.timelines import ShownEpisode, ShownSegment, ShownTimeline
from api.words import CLOCK_STATES, OUTCOMES, PROMISES, STAGES, VERDICT_STATES, code_word, event_word, word
from domain.agreement import Agreement
from domain.events import Recorded
from domain.findings import Sentence
from domain.vocabulary import instant, moment
from domain.wording import inner, length, local, party, shares

Kind = Literal["title", "heading", "plain", "broken", "kept", "charge", "detail"]

_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAYS_JA = "月火水木金土日"
_BROKEN = ("late", "missed", "overdue")


class Part(NamedTuple):
    """A line of the story, and what kind of line it is."""

    kind: Kind
    text: Sentence


class WallClock:
    """Times as the agreement's zone has them."""

    def __init__(self, agreement: Agreement) -> None:
        self._agreement = agreement
        self.zone = agreement.zone

    def says(self, at: datetime) -> Sentence:
        """`Mon 2026-11-16 12:00` and `2026-11-16（月）12:00`; seconds where there are any."""
        there = local(instant(at), self._agreement)
        clock = f"{there:%H:%M:%S}" if there.second else f"{there:%H:%M}"
        day = f"{there:%Y-%m-%d}"
        return Sentence(f"{_DAYS_EN[there.weekday()]} {day} {clock}", f"{day}（{_DAYS_JA[there.weekday()]}）{clock}")

    def span(self, since: datetime, until: datetime | None) -> Sentence:
        """From one time to another; without an end, on from the first."""
        begun, ended = self.says(since), None if until is None else self.says(until)
        return Sentence(f"{begun.en} to {ended.en}" if ended else f"{begun.en} on", f"{begun.ja}〜{ended.ja if ended else ''}")


def story(title: Sentence, timeline: ShownTimeline, events: Iterable[Recorded], agreement: Agreement) -> Iterator[Part]:
    """The story line by line; times are on the wall clock of the agreement's zone."""
    clock = WallClock(agreement)
    read = clock.says(timeline.as_of)
    yield Part("title", title)
    yield _plain(
        f"Lead {timeline.lead} under {timeline.agreement}, as of {read.en} ({clock.zone}).",
        f"リード {timeline.lead}、部門間SLA {timeline.agreement}、対象時点 {read.ja}（{clock.zone}）。",
    )
    by_position = {event.position: event for event in events}
    for episode in timeline.episodes:
        if len(timeline.episodes) > 1:
            yield _heading(f"Episode {episode.number}", f"エピソード{episode.number}")
        yield from _baton(episode, clock)
        yield from _promises(episode, clock)
        yield from _verdicts(episode.verdicts, by_position, clock)


def _plain(english: str, japanese: str) -> Part:
    return Part("plain", Sentence(english, japanese))


def _heading(english: str, japanese: str) -> Part:
    return Part("heading", Sentence(english, japanese))


def _detail(english: str, japanese: str) -> Part:
    return Part("detail", Sentence(english, japanese))


def _baton(episode: ShownEpisode, clock: WallClock) -> Iterator[Part]:
    yield _heading("Who held the baton", "誰がたすきを持っていたか")
    for segment in episode.segments:
        yield Part("plain", _held(segment, clock))
    if episode.outcome is not None:
        outcome = word(OUTCOMES, episode.outcome)
        yield _plain(f"The episode ended: {outcome.en}.", f"終了：{outcome.ja}。")


def _held(segment: ShownSegment, clock: WallClock) -> Sentence:
    when, holder, owed = clock.span(segment.from_, segment.until), party(segment.custodian), party(segment.responsible)
    stage, is_owed = word(STAGES, segment.stage), segment.responsible != segment.custodian
    spent = None if segment.business_seconds is None else length(segment.business_seconds)
    english = [
        f"{when.en}: {holder.en} holds it in {stage.en}",
        f"; the next move is with {inner(segment.responsible)}" if is_owed else "",
        f" ({segment.owner})" if segment.owner else "",
        "; around a handoff" if segment.bypass else "",
        f", {spent.en} of business time" if spent else "",
    ]
    japanese = [
        f"{when.ja}：{holder.ja}が保有、{stage.ja}",
        f"、次の対応部門は{owed.ja}" if is_owed else "",
        f"、担当者は{segment.owner}" if segment.owner else "",
        "、引き継ぎを経ない移動" if segment.bypass else "",
        f"、営業時間で{spent.ja}" if spent else "",
    ]
    return Sentence(f"{''.join(english)}.", f"{''.join(japanese)}。")


def _promises(episode: ShownEpisode, clock: WallClock) -> Iterator[Part]:
    runs: list[ShownClock | ShownRelay] = [*episode.clocks, *episode.relays]
    broken = [run for run in runs if run.state in _BROKEN]
    yield _heading("Which promise broke", "どの約束が守られなかったか")
    for run in broken:
        yield Part("broken", _broke(run, clock))
    if not broken:
        yield Part("kept", Sentence("None.", "ありません。"))


def _broke(run: ShownClock | ShownRelay, clock: WallClock) -> Sentence:
    due = None if run.due_at is None else clock.says(run.due_at)
    over = length(run.overrun_seconds) if run.overrun_seconds else None
    state = word(CLOCK_STATES, run.state)
    if isinstance(run, ShownRelay):
        named = Sentence(f"{run.relay} (end to end)", f"{run.relay}（{PROMISES['relay'].ja}）")
    else:
        whose = Sentence(f"{inner(run.promisor)} to {inner(run.promisee)}", f"{party(run.promisor).ja}→{party(run.promisee).ja}")
        named = Sentence(f"{run.promise} ({whose.en})", f"{run.promise}（{word(PROMISES, run.kind).ja}、{whose.ja}）")
    return Sentence(
        f"{named.en}: {state.en}{f', due {due.en}' if due else ''}{f', {over.en} over' if over else ''}.",
        f"{named.ja}：{state.ja}{f'、期限{due.ja}' if due else ''}{f'、{over.ja}超過' if over else ''}。",
    )


def _verdicts(found: Sequence[ShownVerdict], events: Mapping[int, Recorded], clock: WallClock) -> Iterator[Part]:
    yield _heading("Who owes what share, and why", "要因割合とその理由")
    if not found:
        yield Part("kept", Sentence("Nobody: there is no verdict.", "判定はありません。"))
    for verdict in found:
        yield Part("charge", _charge(verdict))
        yield _detail(verdict.sentence.en, verdict.sentence.ja)
        yield from _grounds(verdict, events, clock)
        if (kept := verdict.what_would_have_kept_it) is not None:
            yield _detail(f"What would have kept it: {kept.en}", f"守られていた条件：{kept.ja}")
        if (missing := verdict.missing_evidence) is not None:
            yield _detail(f"What would clear it: {missing.en}", f"解消に必要な証拠：{missing.ja}")
        for against in verdict.evidence_against:
            named = ", ".join(map(str, against.evidence))
            yield _detail(f"Against it ({named}): {against.sentence.en}", f"反対の記録（{named}）：{against.sentence.ja}")


def _charge(verdict: ShownVerdict) -> Sentence:
    name, owed, status = code_word(verdict.code), shares(verdict.shares), word(VERDICT_STATES, verdict.status)
    stands = verdict.status == "standing"
    return Sentence(
        f"{verdict.code} {name.en}{'' if stands else f' [{status.en}]'}: {owed.en}",
        f"{verdict.code} {name.ja}{'' if stands else f'（{status.ja}）'}：{owed.ja}",
    )


def _grounds(verdict: ShownVerdict, events: Mapping[int, Recorded], clock: WallClock) -> Iterator[Part]:
    """The events it rests on, and the stretch that was searched."""
    if verdict.evidence:
        cited = [_cited(position, events, clock) for position in verdict.evidence]
        yield _detail(f"Evidence: {'; '.join(one.en for one in cited)}.", f"証拠：{'、'.join(one.ja for one in cited)}。")
    if verdict.window is not None:
        searched = clock.span(verdict.window.from_, verdict.window.until)
        yield _detail(f"Searched: {searched.en}.", f"確認した範囲：{searched.ja}。")


def _cited(position: int, events: Mapping[int, Recorded], clock: WallClock) -> Sentence:
    act = events.get(position)
    if act is None:
        return Sentence(f"{position}", f"{position}")
    name, at = act.event.NAME, clock.says(moment(act.occurred_at))
    return Sentence(
        f"{position} {name}{f' by {act.actor}' if act.actor else ''}, {at.en}",
        f"{position} {event_word(name).ja}（{f'{act.actor}、' if act.actor else ''}{at.ja}）",
    )
