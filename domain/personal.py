"""Which of an event's fields hold personal data, and whose they are.

A field of the type `Personal` is sealed before its entry is written. The key belongs to a data subject: to the lead in whose
stream the entry stands. A lead that is merged keeps its own, since the entries that it has opened with it are written for
ever, and a merge may be taken back. An entry of a shared stream is a subject of its own: what a meeting decided or why an
agreement was withdrawn is about nobody in particular, and one such text is to be erased without the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from operator import is_
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from domain import events as e

LEAD_SUBJECT = "lead/"
VEIL = e.Sealed("", "")
"""What stands for a personal text where nobody is to read it. A rule sees that something was said, as it does in the book."""

_E = TypeVar("_E")
Change = Callable[[str, "str | e.Sealed"], "str | e.Sealed"]
"""What becomes of a personal field: by its pointer (RFC 6901) in the event's data, and its value."""


class _Field(NamedTuple):
    name: str
    pointer: str
    holds: Literal["text", "texts", "part", "replacement"]


def subject_of_lead(key: str) -> str:
    """The data subject that a lead is."""
    return LEAD_SUBJECT + key


def subject_of(lead: str | None, position: int | None) -> str:
    """The data subject of an entry: its lead, or itself where it stands in a shared stream."""
    return subject_of_lead(lead) if lead is not None else f"entry/{position}"


def erased_subject(event: e.SubjectErased) -> str:
    """The data subject that an event says is erased."""
    return subject_of(event.lead, event.position)


_FIELDS: dict[type[Any], tuple[_Field, ...]] = {}


def _fields(cls: type[Any]) -> tuple[_Field, ...]:
    """The fields of an event, or of a part of one, in which personal data may stand."""
    known = _FIELDS.get(cls)
    if known is None:
        hints = get_type_hints(cls, include_extras=True)
        known = _FIELDS[cls] = tuple(found for field in fields(cls) if (found := _field(field.name, hints[field.name])) is not None)
    return known


def _field(name: str, annotation: Any) -> _Field | None:
    parts = (annotation, *_parts(annotation))
    for part in parts:
        if isinstance(part, e.Limits) and part.personal:
            return _Field(name, f"/{name}", "texts" if any(get_origin(one) is tuple for one in parts) else "text")
        if part is e.Replacement:
            return _Field(name, f"/{name}/data", "replacement")
        if isinstance(part, type) and is_dataclass(part) and part is not e.Sealed and _fields(part):
            return _Field(name, f"/{name}", "part")
    return None


def _parts(annotation: Any) -> Iterator[Any]:
    for argument in get_args(annotation):
        yield argument
        yield from _parts(argument)


def changed(value: _E, change: Change, prefix: str = "") -> _E:
    """An event, or a part of one, with its personal fields changed. A blank text says nothing of anybody, and stays as it is:
    so a rule still sees that nothing was said."""
    found = {}
    for name, at, holds in _fields(type(value)):
        held = getattr(value, name)
        if held is None:
            continue
        pointer, new = prefix + at, held
        if holds == "text":
            new = _changed_text(held, change, pointer)
        elif holds == "texts":
            told = tuple(_changed_text(one, change, f"{pointer}/{number}") for number, one in enumerate(held))
            new = held if all(map(is_, told, held)) else told
        elif holds == "part":
            new = changed(held, change, pointer)
        else:
            event = changed(held.event, change, pointer)
            new = held if event is held.event else replace(held, event=event)
        if new is not held:
            found[name] = new
    return replace(value, **found) if found else value  # type: ignore[type-var]


def _changed_text(held: str | e.Sealed, change: Change, pointer: str) -> str | e.Sealed:
    return held if isinstance(held, str) and not held.strip() else change(pointer, held)


def texts(value: Any) -> dict[str, str | e.Sealed]:
    """What an event says that is personal, by pointer."""
    if not _fields(type(value)):
        return {}
    found: dict[str, str | e.Sealed] = {}

    def keep(pointer: str, held: str | e.Sealed) -> str | e.Sealed:
        found[pointer] = held
        return held

    changed(value, keep)
    return found


def has_personal(cls: type[Any]) -> bool:
    """Whether events of a class have fields in which personal data may stand."""
    return bool(_fields(cls))


def veiled(value: _E) -> _E:
    """An event of which nobody can read what is personal, as the fold takes it."""
    return changed(value, lambda _pointer, _held: VEIL) if _fields(type(value)) else value
