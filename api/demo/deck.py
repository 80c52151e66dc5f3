"""Weighted choices that cost one random number and one bisection."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Deck(Generic[T]):
    """Cards with weights of any sum."""

    def __init__(self, weights: Mapping[T, float]) -> None:
        self.cards = tuple(weights)
        total = sum(weights.values())
        self._edges = [edge / total for edge in accumulate(weights.values())][:-1]

    def draw(self, chance: float) -> T:
        """The card at a chance in [0, 1)."""
        return self.cards[bisect_right(self._edges, chance)]
