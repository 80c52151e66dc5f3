"""Old versions of events, brought up to date on read. Recorded bytes never change.

A new version of an event adds one function here and one golden file to the tests; the old golden file stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


class Upcasters:
    """Steps from one permanent name to the next."""

    def __init__(self) -> None:
        self._steps: dict[str, tuple[str, Upcast]] = {}

    def step(self, old: str, new: str) -> Callable[[Upcast], Upcast]:
        """Declares how the data of `old` becomes that of `new`."""

        def declare(upcast: Upcast) -> Upcast:
            self._steps[old] = (new, upcast)
            return upcast

        return declare

    def upcast(self, name: str, data: bytes) -> tuple[str, bytes]:
        """The current name and data. Raises KeyError for a name nobody declared."""
        content = msgspec.json.decode(data)
        while True:
            name, upcast = self._steps[name]
            content = upcast(content)
            if name not in self._steps:
                return name, msgspec.json.encode(content)


UPCASTERS = Upcasters()


@UPCASTERS.step("lead.captured.v1", "lead.captured.v2")
def _company_size(data: dict[str, Any]) -> dict[str, Any]:
    """v1 said `size`, which read as the size of the deal."""
    if "size" in data:
        data["company_size"] = data.pop("size")
    return data


@UPCASTERS.step("meeting.decided.v1", "meeting.decided.v2")
def _outlook(data: dict[str, Any]) -> dict[str, Any]:
    """v1 said in words alone what was expected; since v2 `expected` is a figure that can be read again."""
    data["outlook"] = data.pop("expected")
    return data
