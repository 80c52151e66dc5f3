"""Reading a scoring model's document: terms → ScoringModel, with every fault listed at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from domain.events import ActivityKind, ActivityOutcome, Direction
from domain.scoring import ACTION_FIELDS, ATTRIBUTES, HAND_RAISE, HIGHEST, ActionRule, AttributeRule, ScoringModel
from domain.signed_documents import FaultyDocumentError

MAX_RULES = 200
MAX_POINTS = 100
MAX_DAYS = 3_650
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
RULE = re.compile(r"[a-z0-9_]{1,64}")
_WORDS: Mapping[str, tuple[str, ...]] = {"direction": get_args(Direction), "outcome": get_args(ActivityOutcome)}
_KEYS = ("name", "version", "signed_by", "bar", "attributes", "actions")
_ATTRIBUTE_KEYS = ("id", "attribute", "is", "points", "says")
_ACTION_KEYS = ("id", "activity", HAND_RAISE, *ACTION_FIELDS, "points", "half_life_days", "at_most", "says")


def read_model(terms: Any) -> ScoringModel:
    """The scoring model that a document describes. Raises FaultyDocumentError with every fault found."""
    if not isinstance(terms, Mapping):
        raise FaultyDocumentError([("", "A scoring model is a mapping of terms: name, version, signed_by, bar, attributes, actions.")])
    reader = _Reader()
    model = reader.model(terms)
    if reader.faults:
        raise FaultyDocumentError(reader.faults)
    return model


class _Reader:
    """Reads a document, collecting faults instead of stopping at the first."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []
        self._rules: set[str] = set()

    def fault(self, pointer: str, sentence: str) -> None:
        self.faults.append((pointer, sentence))

    def model(self, terms: Mapping[str, Any]) -> ScoringModel:
        self._strange(terms, "", _KEYS)
        name = terms.get("name")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            self.fault("/name", "A name has up to 100 letters, digits, dots, hyphens and underscores, such as worth.")
        return ScoringModel(
            name=str(name),
            version=self._whole(terms.get("version", 1), "/version", 1, 2**53 - 1),
            signed_by=self._departments(terms.get("signed_by")),
            bar=self._whole(terms.get("bar"), "/bar", 0, HIGHEST),
            attributes=tuple(self._attribute(row, at) for row, at in self._rows(terms, "attributes")),
            actions=tuple(self._action(row, at) for row, at in self._rows(terms, "actions")),
        )

    def _departments(self, written: Any) -> tuple[str, ...]:
        if not isinstance(written, list) or len(set(map(str, written))) < 2 or not all(isinstance(one, str) and one for one in written):
            self.fault("/signed_by", "At least two departments are expected, such as [marketing, inside_sales]: a score is agreed on.")
            return ()
        return tuple(dict.fromkeys(written))

    def _rows(self, terms: Mapping[str, Any], key: str) -> Iterator[tuple[Mapping[str, Any], str]]:
        rows = terms.get(key, [])
        if not isinstance(rows, list) or len(rows) > MAX_RULES:
            self.fault(f"/{key}", f"A list of at most {MAX_RULES} rules is expected.")
            return
        for number, row in enumerate(rows):
            if isinstance(row, Mapping):
                yield row, f"/{key}/{number}"
            else:
                self.fault(f"/{key}/{number}", "A rule is a mapping, such as {id: demo, hand_raise: demo_request, points: 30}.")

    def _attribute(self, row: Mapping[str, Any], at: str) -> AttributeRule:
        self._strange(row, at, _ATTRIBUTE_KEYS)
        attribute = row.get("attribute")
        if attribute not in ATTRIBUTES:
            self.fault(f"{at}/attribute", f"One of {', '.join(ATTRIBUTES)} is expected.")
        values = None if "is" not in row else self._texts(row["is"], f"{at}/is", None)
        return AttributeRule(self._id(row, at), str(attribute), values, self._points(row, at), self._says(row, at))

    def _action(self, row: Mapping[str, Any], at: str) -> ActionRule:
        self._strange(row, at, _ACTION_KEYS)
        by_hand = HAND_RAISE in row
        if by_hand == ("activity" in row):
            self.fault(at, "Either activity or hand_raise is expected: what was done, or what the lead asked for; any for all.")
        if by_hand and (named := [name for name in ACTION_FIELDS if name in row]):
            self.fault(f"{at}/{named[0]}", f"What the lead asked for has no {named[0]}; only activities do.")
        key = HAND_RAISE if by_hand else "activity"
        kinds = None if row.get(key) == "any" else self._texts(row.get(key), f"{at}/{key}", None if by_hand else get_args(ActivityKind))
        return ActionRule(
            id=self._id(row, at),
            hand_raise=by_hand,
            kinds=kinds,
            matches={name: self._texts(row[name], f"{at}/{name}", _WORDS.get(name)) for name in ACTION_FIELDS if name in row},
            points=self._points(row, at),
            half_life_days=self._whole(row["half_life_days"], f"{at}/half_life_days", 1, MAX_DAYS) if "half_life_days" in row else None,
            at_most=self._whole(row["at_most"], f"{at}/at_most", 1, MAX_POINTS) if "at_most" in row else None,
            says=self._says(row, at),
        )

    def _id(self, row: Mapping[str, Any], at: str) -> str:
        name = row.get("id")
        if not isinstance(name, str) or not RULE.fullmatch(name):
            self.fault(f"{at}/id", "A rule has an id of small letters, digits and underscores, such as asked_for_demo.")
        elif name in self._rules:
            self.fault(f"{at}/id", "Another rule has this id already.")
        self._rules.add(str(name))
        return str(name)

    def _points(self, row: Mapping[str, Any], at: str) -> int:
        points = self._whole(row.get("points"), f"{at}/points", -MAX_POINTS, MAX_POINTS)
        if row.get("points") == 0:
            self.fault(f"{at}/points", "A rule gives or takes points; leave it out where it is to do neither.")
        return points

    def _says(self, row: Mapping[str, Any], at: str) -> str:
        says = row.get("says", row.get("id"))
        if not isinstance(says, str) or not 0 < len(says) <= MAX_POINTS:
            self.fault(f"{at}/says", f"What the rule is called where a score gives its reasons: a text of up to {MAX_POINTS} letters.")
        return str(says)

    def _texts(self, written: Any, at: str, among: Sequence[str] | None) -> frozenset[str]:
        values = written if isinstance(written, list) else [written]
        if not values or not all(isinstance(value, str) and value for value in values):
            self.fault(at, "A text or a list of texts is expected.")
            return frozenset()
        if among is not None and not set(values) <= set(among):
            self.fault(at, f"One of {', '.join(among)} is expected, or several of them.")
        return frozenset(values)

    def _whole(self, written: Any, at: str, low: int, high: int) -> int:
        if type(written) is int and low <= written <= high:
            return written
        self.fault(at, f"A whole number from {low} to {high} is expected.")
        return low

    def _strange(self, row: Mapping[str, Any], at: str, keys: Sequence[str]) -> None:
        for key in row:
            if key not in keys:
                self.fault(f"{at}/{key}", f"No such term; expected are {', '.join(keys)}.")
