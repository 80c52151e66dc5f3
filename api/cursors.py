"""Cursors of lists: the place of the last row of a page, written so that it can stand in an address."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from api.problems import refused

Whole = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
"""A number of a place, within what the database can compare."""


def cursor_of(place: Sequence[Any]) -> str:
    """The cursor of the page behind a place."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_of(cursor: str, shape: Any) -> tuple[Any, ...] | None:
    """Where a page begins: a tuple of a `shape`, None for the first page. Raises ProblemError for a cursor that no page gave."""
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place: tuple[Any, ...] = msgspec.json.decode(raw, type=shape)
        return place
    except (binascii.Error, ValueError):
        raise refused("malformed", "A cursor is the `next` of the page before, asked in the same order.", "/query/cursor") from None
