"""The person behind a lead, as its records say: on the page of whoever may read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from api.audit.trail import ShownRecord

FIELDS = ("name", "company", "title", "email", "phone")
_GONE = {"corrected", "retracted"}


def contact_of(records: Sequence[ShownRecord]) -> dict[str, Any]:
    """What the latest records say of each field: a text, or why it is withheld."""
    found: dict[str, Any] = {}
    for _, contact in sorted(_said(records), key=lambda said: said[0]):
        found |= contact
    return found


def _said(records: Sequence[ShownRecord]) -> Iterator[tuple[tuple[datetime, int], dict[str, Any]]]:
    """The contacts that stand, with when they were said."""
    for record in records:
        if _GONE & set(record.marks):
            continue
        event = record.event
        data, time = msgspec.json.decode(event.data), event.time
        if "replacement" in data:
            data, time = data["replacement"]["data"], datetime.fromisoformat(data["replacement"]["time"])
        if data.get("contact"):
            yield (time, event.position), data["contact"]
