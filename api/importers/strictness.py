"""Reading a document strictly: every fault is found at once, each with a pointer to its place (RFC 6901)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


class FaultyMappingError(ValueError):
    """A mapping that does not stand; `faults` are (pointer, sentence), all of them."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"{pointer or '/'}: {sentence}" for pointer, sentence in faults))
        self.faults = tuple(faults)


class Place:
    """One place of a document whose scalars are all text, and the faults found so far in the whole."""

    def __init__(self, value: Any, pointer: str = "", faults: list[tuple[str, str]] | None = None) -> None:
        self.value = value
        self.pointer = pointer
        self.faults: list[tuple[str, str]] = [] if faults is None else faults

    def fault(self, sentence: str) -> None:
        self.faults.append((self.pointer, sentence))

    def at(self, key: str) -> Place:
        """The place of a member."""
        escaped = key.replace("~", "~0").replace("/", "~1")
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return Place(value, f"{self.pointer}/{escaped}", self.faults)

    def has(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def is_mapping(self, required: Sequence[str], optional: Sequence[str]) -> bool:
        """Whether a mapping stands here; unknown and missing keys are noted as faults."""
        if not isinstance(self.value, dict):
            self.fault(f"A mapping is expected here, with the keys {', '.join(required)}.")
            return False
        known = (*required, *optional)
        for key in self.value:
            if key not in known:
                self.at(key).fault(f"There is no key {key} here; expected one of {', '.join(known)}.")
        for key in required:
            if key not in self.value:
                self.at(key).fault("Is missing.")
        return True

    def text(self) -> str | None:
        """The text that stands here; anything else, or nothing, is a fault."""
        if isinstance(self.value, str) and self.value:
            return self.value
        self.fault("A text is expected.")
        return None

    def whole(self, at_least: int) -> int | None:
        """The whole number that stands here."""
        if isinstance(self.value, str) and self.value.isdecimal() and len(self.value) < 16 and int(self.value) >= at_least:
            return int(self.value)
        self.fault(f"A whole number from {at_least} on is expected.")
        return None

    def one_of(self, known: Sequence[str]) -> str | None:
        """One of some words."""
        if self.value in known and isinstance(self.value, str):
            return self.value
        self.fault(f"Expected one of {', '.join(known)}.")
        return None

    def items(self) -> Iterator[Place]:
        """The places of a list's items."""
        if not isinstance(self.value, list) or not self.value:
            self.fault("A list is expected.")
            return
        for index, item in enumerate(self.value):
            yield Place(item, f"{self.pointer}/{index}", self.faults)

    def texts(self) -> tuple[str, ...]:
        """One text, or a list of them."""
        if isinstance(self.value, list):
            return tuple(text for item in self.items() if (text := item.text()) is not None)
        text = self.text()
        return () if text is None else (text,)
