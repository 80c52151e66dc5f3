"""A lead's story at an instant as facts that can be compared: where it is, and each of its segments, handoffs, promises,
verdicts and disputes by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from msgspec.structs import asdict

from api.knowledge import Known, shown
from api.leads import state_of
from api.timelines import ShownEpisode, responsible_at, shown_timeline
from domain.told import Told
from domain.vocabulary import moment

Kind = Literal["lead", "segment", "handoff", "clock", "relay", "verdict", "dispute"]


class Thing(NamedTuple):
    """What facts are about: by its kind, the episode it belongs to (None: the lead as a whole), and its name there."""

    kind: Kind
    episode: int | None
    name: str


Facts = Mapping[str, Any]
"""What is known of a thing, by the names that other answers give the same."""

Story = Mapping[Thing, Facts]
"""Everything that is known of a lead at an instant."""

NOTHING: Story = {}
"""Before a lead's first event."""

_CLOCK = (
    "promise", "instance", "kind", "promisor", "promisee", "handoff", "state", "provisional", "started_at", "due_at", "stopped_at",
    "used_seconds", "overrun_seconds", "started_by", "stopped_by", "agreement",
)  # fmt: skip
_RELAY = tuple(name for name in _CLOCK if name not in ("promise", "kind", "promisor", "promisee"))
_SEGMENT = ("stage", "custodian", "responsible", "owner", "bypass", "opened_by")
_HANDOFF = ("leg", "from_", "to", "state", "offered_at", "answered_at", "opened_by")


def story_of(key: str, told: Told, known: Known) -> Story:
    """The facts of a lead as its timeline tells them. What silence will bring after the instant is left out, since
    nobody has seen it yet."""
    timeline = shown_timeline(key, told, known)
    story: dict[Thing, Facts] = {Thing("lead", None, key): _lead(told, known)}
    for episode in timeline.episodes:
        story.update(_of_episode(episode, told, known))
    for name, dispute in told.lead.disputes.items():
        story[Thing("dispute", None, name)] = {
            "state": dispute.state_at(known.as_of),
            "by": dispute.by,
            "about": list(dispute.about),
            "opened_at": moment(dispute.opened.at),
            "answer_by": shown(dispute.answer_by),
            "rule_by": shown(dispute.rule_by),
        }
    return story


def _lead(told: Told, known: Known) -> Facts:
    lead = told.lead
    return {
        "state": state_of(lead),
        "episode": lead.episode,
        "stage": lead.stage,
        "custodian": lead.custodian,
        "responsible": responsible_at(told, known.as_of),
        "owner": lead.owner,
        "outcome": lead.outcome,
        "merged_into": lead.merged_into,
        **lead.profile._asdict(),
        "amount": lead.deal.amount if lead.deal else None,
        "currency": lead.deal.currency if lead.deal else None,
        "agreement": told.timeline.agreement.id,
    }


def _of_episode(episode: ShownEpisode, told: Told, known: Known) -> Iterator[tuple[Thing, Facts]]:
    number, at = episode.number, moment(known.as_of)
    for segment in episode.segments:
        if segment.from_ <= at:
            until = segment.until if segment.until is not None and segment.until <= at else None
            facts = {"from": segment.from_, "until": until, **_some(segment, _SEGMENT)}
            yield Thing("segment", number, f"{segment.from_:%Y-%m-%dT%H:%M:%S.%fZ}"), facts
    for handoff in episode.handoffs:
        yield Thing("handoff", number, handoff.handoff), _some(handoff, _HANDOFF)
    for clock in episode.clocks:
        yield Thing("clock", number, f"{clock.promise}#{clock.instance}"), _some(clock, _CLOCK)
    for relay in episode.relays:
        yield Thing("relay", number, f"{relay.relay}#{relay.instance}"), {"relay": relay.relay, **_some(relay, _RELAY)}
    began = told.timeline.episodes[0].from_
    for verdict in episode.verdicts:
        facts = {name: value for name, value in asdict(verdict).items() if name not in ("id", "rules")}
        facts["provisional"] = told.shared.provisional(verdict.agreement, began)
        yield Thing("verdict", number, verdict.id), facts


def _some(shape: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name.rstrip("_"): getattr(shape, name) for name in names}


_NAMING: Mapping[Kind, tuple[str, ...]] = {"verdict": ("code",)}
"""What is told of a thing even where it is the same on both sides, since its name alone says little to people."""


class Differing(NamedTuple):
    """How a thing reads before and after: of one that is in both what differs, and what names it; None where it is not."""

    before: Facts | None
    after: Facts | None


def differences(before: Story, after: Story) -> dict[Thing, Differing]:
    """The things that two stories tell differently, those of the later one in its order, then those that are gone."""
    if before == after:
        return {}
    found: dict[Thing, Differing] = {}
    for thing in (*after, *(gone for gone in before if gone not in after)):
        was, now = before.get(thing), after.get(thing)
        if was is None or now is None:
            found[thing] = Differing(was, now)
        elif changed := [name for name in now if was[name] != now[name]]:
            changed = [*(name for name in _NAMING.get(thing.kind, ()) if name not in changed), *changed]
            found[thing] = Differing({name: was[name] for name in changed}, {name: now[name] for name in changed})
    return found
