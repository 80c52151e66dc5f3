"""What makes a function a rule of the book: its code, the same rule in Japanese, and the promises that it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import getdoc
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
Found_co = TypeVar("Found_co", covariant=True)

TIMED = ("offer", "route", "decide", "first_attempt", "depth", "progress", "report", "re_engage", "relay")
"""The kinds of promises that run against a clock, and the targets over several of them."""


@dataclass(frozen=True)
class Rule(Generic[P, Found_co]):
    """A rule, called like the function that finds by it. `kinds` are the kinds of promises it belongs to; none where it is
    about no promise in particular."""

    code: str
    find: Callable[P, Found_co]
    japanese: str
    kinds: tuple[str, ...]

    def __call__(self, *told: P.args, **named: P.kwargs) -> Found_co:
        return self.find(*told, **named)

    @property
    def english(self) -> str:
        """The docstring, which is the rule, without its code."""
        return " ".join((getdoc(self.find) or "").split()).removeprefix(f"{self.code}: ")


def rule(code: str, *kinds: str, japanese: str) -> Callable[[Callable[P, Found_co]], Rule[P, Found_co]]:
    """Makes a function a rule; its docstring is the rule in English."""
    return lambda find: Rule(code, find, japanese, kinds)
