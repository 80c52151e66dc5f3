"""A timeline told to people: who held the baton when, which promise broke, and who owes what share and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from api.shown_clocks import ShownClock, ShownRelay
from api.shown_verdicts import ShownVerdict
from api.timelines import ShownEpisode, ShownSegment, ShownTimeline
from domain.agreement import Agreement
from domain.events import Recorded
from domain.vocabulary import instant, moment
from domain.wording import inner, length, local, party, shares

Kind = Literal["title", "heading", "plain", "broken", "kept", "charge", "detail"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_BROKEN = ("late", "missed", "overdue")
_STATES = {"late": "kept too late", "missed": "not kept", "overdue": "not kept so far"}


class Part(NamedTuple):
    """A line of the story, and what kind of line it is."""

    kind: Kind
    text: str


def story(title: str, timeline: ShownTimeline, events: Sequence[Recorded], agreement: Agreement) -> Iterator[Part]:
    """The story line by line; times are on the wall clock of the agreement's zone."""
    clock = _Clock(agreement)
    yield Part("title", title)
    yield Part("plain", f"Lead {timeline.lead} under {timeline.agreement}, as of {clock.says(timeline.as_of)} ({agreement.zone}).")
    by_position = {event.position: event for event in events}
    for episode in timeline.episodes:
        if len(timeline.episodes) > 1:
            yield Part("heading", f"Episode {episode.number}")
        yield from _baton(episode, clock)
        yield from _promises(episode, clock)
        yield from _verdicts(episode.verdicts, by_position, clock)


class _Clock:
    """Times in the agreement's zone."""

    def __init__(self, agreement: Agreement) -> None:
        self._agreement = agreement

    def says(self, at: datetime | None) -> str:
        if at is None:
            return "now on"
        there = local(instant(at), self._agreement)
        return f"{_DAYS[there.weekday()]} {there:%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def _baton(episode: ShownEpisode, clock: _Clock) -> Iterator[Part]:
    yield Part("heading", "Who held the baton")
    for segment in episode.segments:
        yield Part("plain", _held(segment, clock))
    if episode.outcome is not None:
        yield Part("plain", f"The episode ended: {episode.outcome}.")


def _held(segment: ShownSegment, clock: _Clock) -> str:
    until = "on" if segment.until is None else f"to {clock.says(segment.until)}"
    spent = "" if segment.business_seconds is None else f", {length(segment.business_seconds).en} of business time"
    owner = f" ({segment.owner})" if segment.owner else ""
    owed = "" if segment.responsible == segment.custodian else f"; the next move is with {inner(segment.responsible)}"
    bypass = "; around a handoff" if segment.bypass else ""
    return f"{clock.says(segment.from_)} {until}: {party(segment.custodian).en} holds it in {segment.stage}{owed}{owner}{bypass}{spent}."


def _promises(episode: ShownEpisode, clock: _Clock) -> Iterator[Part]:
    runs: list[ShownClock | ShownRelay] = [*episode.clocks, *episode.relays]
    broken = [run for run in runs if run.state in _BROKEN]
    yield Part("heading", "Which promise broke")
    for run in broken:
        yield Part("broken", _broke(run, clock))
    if not broken:
        yield Part("kept", "None.")


def _broke(run: ShownClock | ShownRelay, clock: _Clock) -> str:
    due = f", due {clock.says(run.due_at)}" if run.due_at is not None else ""
    over = f", {length(run.overrun_seconds).en} over" if run.overrun_seconds else ""
    if isinstance(run, ShownRelay):
        return f"{run.relay} (end to end): {_STATES[run.state]}{due}{over}."
    return f"{run.promise} ({inner(run.promisor)} to {inner(run.promisee)}): {_STATES[run.state]}{due}{over}."


def _verdicts(found: Sequence[ShownVerdict], events: Mapping[int, Recorded], clock: _Clock) -> Iterator[Part]:
    yield Part("heading", "Who owes what share, and why")
    if not found:
        yield Part("kept", "Nobody: there is no verdict.")
    for verdict in found:
        status = "" if verdict.status == "standing" else f" [{verdict.status}]"
        yield Part("charge", f"{verdict.code} {verdict.name}{status}: {shares(verdict.shares).en}")
        yield Part("detail", verdict.sentence.en)
        yield Part("detail", verdict.sentence.ja)
        if verdict.evidence:
            yield Part("detail", f"Evidence: {'; '.join(_cited(position, events, clock) for position in verdict.evidence)}.")
        if verdict.window is not None:
            until = "" if verdict.window.until is None else f" to {clock.says(verdict.window.until)}"
            yield Part("detail", f"Searched: {clock.says(verdict.window.from_)}{until}{'' if until else ' on'}.")
        if verdict.what_would_have_kept_it is not None:
            yield Part("detail", f"What would have kept it: {verdict.what_would_have_kept_it.en}")
        if verdict.missing_evidence is not None:
            yield Part("detail", f"What would clear it: {verdict.missing_evidence.en}")


def _cited(position: int, events: Mapping[int, Recorded], clock: _Clock) -> str:
    event = events.get(position)
    if event is None:
        return f"{position}"
    who = f" by {event.actor}" if event.actor else ""
    return f"{position} {event.event.NAME}{who}, {clock.says(moment(event.occurred_at))}"


# Forms

_MARKDOWN: Mapping[Kind, str] = {
    "title": "# {}\n",
    "heading": "\n## {}\n",
    "plain": "- {}",
    "broken": "- **broken:** {}",
    "kept": "- {}",
    "charge": "- **{}**",
    "detail": "  - {}",
}


def markdown(parts: Iterator[Part]) -> str:
    """The story as a Markdown document."""
    return "\n".join(_MARKDOWN[part.kind].format(_escaped(part.text)) for part in parts) + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in text)
