"""The documentation's pages as tests read them.

A block marked `sh` is run by a shell; a block right behind it, marked `json`, `text` or `csv`, is what it says. White
space does not count, so that a page may lay out what comes on one line; `…` stands for anything. A block marked
`console` is only shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHOWING = ("json", "text", "csv")


class Example(NamedTuple):
    """A command of a page, and what the page says it prints; None where it shows nothing."""

    line: int
    command: str
    shown: str | None


def examples(page: Path) -> Iterator[Example]:
    """The commands of a page, in order."""
    text = page.read_text("utf-8")
    fences = list(_FENCE.finditer(text))
    for fence, following in zip(fences, [*fences[1:], None], strict=True):
        if fence.group(1) == "sh":
            is_shown = following is not None and following.group(1) in _SHOWING and not text[fence.end() : following.start()].strip()
            shown = following.group(2) if following is not None and is_shown else None
            yield Example(text.count("\n", 0, fence.start()) + 1, fence.group(2), shown)


def files(page: Path) -> dict[str, str]:
    """The files that a page writes out: a name between backquotes and a colon, then the block."""
    return dict(_NAMED.findall(page.read_text("utf-8")))


def says(shown: str, printed: str) -> bool:
    """Whether what was printed is what the page shows."""
    pieces = [re.escape("".join(piece.split())) for piece in shown.split("…")]
    return re.fullmatch(".*".join(pieces), "".join(printed.split())) is not None
