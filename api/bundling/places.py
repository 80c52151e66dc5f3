"""Which places of the book a bundle holds, and the gaps between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class Places:
    """Positions in rising order, kept as runs without a gap: a whole book is one, a lead a few."""

    def __init__(self) -> None:
        self.runs: list[tuple[int, int]] = []
        """First and last position of each."""

    def note(self, position: int) -> None:
        """A position behind all that were noted."""
        if self.runs and self.runs[-1][1] == position - 1:
            self.runs[-1] = self.runs[-1][0], position
        else:
            self.runs.append((position, position))

    def within(self, first: int, last: int) -> int:
        """How many of them lie in a range."""
        return sum(max(0, min(last, end) - max(first, begin) + 1) for begin, end in self.runs)

    def gaps(self, size: int, cuts: Iterable[int]) -> Iterator[tuple[int, int]]:
        """What lies between the runs up to `size`, first and last, cut in two behind each of the `cuts`."""
        asked = sorted({*cuts, size})
        begin = 1
        for first, last in [*self.runs, (size + 1, size + 1)]:
            for cut in [*(cut for cut in asked if begin <= cut < first - 1), first - 1]:
                if begin <= cut:
                    yield begin, cut
                    begin = cut + 1
            begin = last + 1
