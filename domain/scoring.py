"""What a lead is worth by a scoring model: a pure function of its known events, the model and an instant.

Whole numbers only. What was done loses half of its points at the end of each half-life, in one step; in between it keeps
them, so that anybody can work a score out on paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from domain import events as e
from domain.vocabulary import SECOND, Instant

Act = tuple[Instant, e.Recorded]
"""An event that stands, with the instant at which it takes effect."""
ATTRIBUTES = ("channel", "campaign", "persona", "industry", "company_size", "region", "budget", "authority", "need", "timing")
"""What a lead can be said to be."""
HAND_RAISE = "hand_raise"
"""The kind of an action rule about what the lead itself asked for; every other kind is an activity's."""
ACTION_FIELDS = ("direction", "outcome", "channel", "content")
"""What an activity is chosen by besides its kind."""
HIGHEST = 100
_DAY: Instant = 86_400 * SECOND


class AttributeRule(NamedTuple):
    """Points for what a lead is said to be; `values` None: for anything said."""

    id: str
    attribute: str
    values: frozenset[str] | None
    points: int
    says: str


class ActionRule(NamedTuple):
    """Points for what was done, each time. `kinds` are activities, or what the lead asked for where `hand_raise`; `matches`
    chooses further, by what an activity says. `half_life_days` None: they do not fade. `at_most`: how many points it gives
    or takes in all."""

    id: str
    hand_raise: bool
    kinds: frozenset[str] | None
    matches: Mapping[str, frozenset[str]]
    points: int
    half_life_days: int | None
    at_most: int | None
    says: str


class ScoringModel(NamedTuple):
    """A scoring model. `signed_by` are the departments that agree on it, `bar` the score from which a lead is worth handing
    over by it."""

    name: str
    version: int
    signed_by: tuple[str, ...]
    bar: int
    attributes: tuple[AttributeRule, ...]
    actions: tuple[ActionRule, ...]

    @property
    def id(self) -> str:
        """`worth@1`, as scores name it."""
        return f"{self.name}@{self.version}"


class Given(NamedTuple):
    """The points that a rule gives or takes, and for how many actions, recorded at which positions."""

    rule: str
    says: str
    points: int
    times: int
    evidence: tuple[int, ...]

    @property
    def reason(self) -> str:
        """`Asked for a demo +30`, as a score carries it."""
        return f"{self.says} {self.points:+d}" + (f" ({self.times} times)" if self.times > 1 else "")


class Worth(NamedTuple):
    """A score from 0 to 100 and what it is made of, what counts most first."""

    score: int
    given: tuple[Given, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it is made of in words."""
        return tuple(given.reason for given in self.given)

    @property
    def inputs(self) -> dict[str, int]:
        """Points by the rules that gave them, in the order of their names."""
        return {given.rule: given.points for given in sorted(self.given)}


def worth(model: ScoringModel, acts: Sequence[Act], since: Instant, at: Instant) -> Worth:
    """What a lead is worth at an instant. `acts` are its events that stand, in the order in which they take effect; of
    actions only those of its run count, which began at `since`."""
    known = [(when, act) for when, act in acts if when <= at]
    profile = _profile(known)
    found = [_said(rule, *profile[rule.attribute]) for rule in model.attributes if rule.attribute in profile]
    done = [(when, act) for when, act in known if when >= since and isinstance(act.event, e.ActivityLogged | e.LeadHandRaised)]
    found += [_done(rule, done, at) for rule in model.actions]
    given = sorted((one for one in found if one is not None and one.points), key=lambda one: (-abs(one.points), one.rule))
    total = sum(one.points for one in given)
    return Worth(min(max(total, 0), HIGHEST), tuple(given))


def _profile(acts: Iterable[Act]) -> dict[str, tuple[str, int]]:
    """What a lead is said to be by attribute, with the position that says so: what was said last."""
    profile: dict[str, tuple[str, int]] = {}
    for _, act in acts:
        if isinstance(act.event, e.LeadCaptured | e.LeadProfiled):
            for name in ATTRIBUTES:
                if (value := getattr(act.event, name, None)) is not None:
                    profile[name] = value, act.position
    return profile


def _said(rule: AttributeRule, value: str, position: int) -> Given | None:
    if rule.values is not None and value not in rule.values:
        return None
    return Given(rule.id, rule.says, rule.points, 1, (position,))


def _done(rule: ActionRule, done: Iterable[Act], at: Instant) -> Given | None:
    counted = [(faded(rule, at - when), act.position) for when, act in done if _is_meant(rule, act.event)]
    left = [(points, position) for points, position in counted if points]
    if not left:
        return None
    total = sum(points for points, _ in left)
    most = abs(total) if rule.at_most is None else rule.at_most
    return Given(rule.id, rule.says, min(max(total, -most), most), len(left), tuple(position for _, position in left))


def _is_meant(rule: ActionRule, event: e.AnyEvent) -> bool:
    """Whether a rule is about an action."""
    if isinstance(event, e.LeadHandRaised):
        return rule.hand_raise and (rule.kinds is None or event.kind in rule.kinds)
    if rule.hand_raise or not isinstance(event, e.ActivityLogged) or (rule.kinds is not None and event.kind not in rule.kinds):
        return False
    return all(getattr(event, name) in wanted for name, wanted in rule.matches.items())


def faded(rule: ActionRule, age: Instant) -> int:
    """The points that are left of an action of an age: half of them after each half-life, the fraction dropped."""
    if rule.half_life_days is None:
        return rule.points
    halvings = min(age // (rule.half_life_days * _DAY), 63)
    left = abs(rule.points) >> halvings
    return left if rule.points > 0 else -left
