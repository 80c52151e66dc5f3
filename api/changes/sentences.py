"""What differs about a lead, a sentence each in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.changes.facts import Differing, Facts, Story, Thing
from api.stories import WallClock
from api.words import (
    CLOCK_STATES,
    DISPUTE_STATES,
    HANDOFF_STATES,
    LEAD_FACTS,
    LEAD_STATES,
    OUTCOMES,
    STAGES,
    VERDICT_STATES,
    code_word,
    word,
)
from domain.findings import Sentence
from domain.wording import inner, party, shares

_NONE = Sentence("none", "なし")
_PARTIES = ("custodian", "responsible")
_VALUES: Mapping[str, Mapping[str, Sentence]] = {"stage": STAGES, "outcome": OUTCOMES, "state": LEAD_STATES}
_STATES = {"handoff": HANDOFF_STATES, "clock": CLOCK_STATES, "relay": CLOCK_STATES, "verdict": VERDICT_STATES, "dispute": DISPUTE_STATES}


class Telling:
    """Tells what differs between two stories of one lead; times are on the wall clock of its agreement's zone."""

    def __init__(self, before: Story, after: Story, clock: WallClock) -> None:
        self._before, self._after, self._clock = before, after, clock

    def says(self, thing: Thing, differing: Differing) -> Sentence:
        """One sentence on a thing that differs."""
        was, now = self._before.get(thing), self._after.get(thing)
        match thing.kind:
            case "lead":
                return _lead(was, now, differing)
            case "segment":
                return self._segment(was, now)
            case "verdict":
                return _verdict(was, now)
            case _:
                return _state(thing, was, now)

    def _segment(self, was: Facts | None, now: Facts | None) -> Sentence:
        told, gone = self._held(was), self._held(now)
        if was is None:
            return Sentence(f"Now known: {gone.en}.", f"新たに判明：{gone.ja}。")
        if now is None:
            return Sentence(f"No longer so: {told.en}.", f"なくなった記録：{told.ja}。")
        return Sentence(f"{told.en} → {gone.en}.", f"{told.ja}→{gone.ja}。")

    def _held(self, facts: Facts | None) -> Sentence:
        if facts is None:
            return _NONE
        when = self._clock.span(facts["from"], facts["until"])
        stage, holder = word(STAGES, facts["stage"]), party(facts["custodian"])
        english, japanese = f"{when.en} {inner(facts['custodian'])} held it in {stage.en}", f"{when.ja} {holder.ja}が保有、{stage.ja}"
        if facts["responsible"] != facts["custodian"]:
            english += f", the next move with {inner(facts['responsible'])}"
            japanese += f"、次の対応部門は{party(facts['responsible']).ja}"
        if facts["owner"] is not None:
            english, japanese = f"{english} ({facts['owner']})", f"{japanese}、担当者は{facts['owner']}"
        return Sentence(english, japanese)


def _lead(was: Facts | None, now: Facts | None, differing: Differing) -> Sentence:
    if was is None:
        return Sentence("The lead is known only now.", "このリードは後から記録されました。")
    if now is None:
        return Sentence("Nothing is known of the lead any more.", "このリードの記録はなくなりました。")
    moved = [_moved(name, was[name], now[name]) for name in differing.after or ()]
    english = "; ".join(one.en for one in moved)
    return Sentence(f"{english[:1].upper()}{english[1:]}.", f"{'、'.join(one.ja for one in moved)}。")


def _moved(name: str, was: Any, now: Any) -> Sentence:
    called, before, after = LEAD_FACTS[name], _value(name, was), _value(name, now)
    return Sentence(f"{called.en} {before.en} → {after.en}", f"{called.ja}：{before.ja}→{after.ja}")


def _value(name: str, value: Any) -> Sentence:
    if value is None:
        return _NONE
    if name in _PARTIES:
        return Sentence(inner(value), party(value).ja)
    return word(_VALUES[name], value) if name in _VALUES else Sentence(str(value), str(value))


def _state(thing: Thing, was: Facts | None, now: Facts | None) -> Sentence:
    """A handoff, a promise or a dispute."""
    before, after = _stands(thing, was), _stands(thing, now)
    if was is not None and now is not None and was["state"] == now["state"]:
        return Sentence(f"{thing.name}: {after.en}, with other particulars.", f"{thing.name}：{after.ja}（内容に変更）。")
    return Sentence(f"{thing.name}: {before.en} → {after.en}.", f"{thing.name}：{before.ja}→{after.ja}。")


def _stands(thing: Thing, facts: Facts | None) -> Sentence:
    return _NONE if facts is None else word(_STATES[thing.kind], facts["state"])


def _verdict(was: Facts | None, now: Facts | None) -> Sentence:
    named = now or was or {}
    code, name = named["code"], code_word(named["code"])
    if was is None:
        return Sentence(f"{code} {name.en} is given: {_borne(now).en}.", f"{code} {name.ja}：新たな判定、{_borne(now).ja}。")
    if now is None:
        return Sentence(f"{code} {name.en} stands no longer; it was {_borne(was).en}.", f"{code} {name.ja}：解消（{_borne(was).ja}）。")
    if was["shares"] != now["shares"] or was["status"] != now["status"]:
        return Sentence(f"{code} {name.en}: {_borne(was).en} → {_borne(now).en}.", f"{code} {name.ja}：{_borne(was).ja}→{_borne(now).ja}。")
    return Sentence(f"{code} {name.en}: {_borne(now).en}, with other particulars.", f"{code} {name.ja}：{_borne(now).ja}（内容に変更）。")


def _borne(facts: Facts | None) -> Sentence:
    """Who bears it; the status too where it is not simply standing."""
    if facts is None:
        return _NONE
    owed, status = shares(facts["shares"]), word(VERDICT_STATES, facts["status"])
    if facts["status"] == "standing":
        return owed
    return Sentence(f"{owed.en} ({status.en})", f"{owed.ja}（{status.ja}）")
