"""What a field of an event is made of: a template, looked up in a table of values or in a cell's own JSON if need be,
then read as what the field holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from api.importers.columns import Column, Template, Values
from api.importers.rows import normal
from api.importers.times import TimeReader, read_day
from domain.vocabulary import moment

KEEP, REJECT, OMIT = "keep", "reject", "omit"
FALLBACKS = (KEEP, REJECT, OMIT)


class ValueFaultError(ValueError):
    """A cell that does not fit; `columns` are the ones it was made of."""

    def __init__(self, columns: tuple[Column, ...], why: str) -> None:
        super().__init__(why)
        self.columns = columns


@dataclass(frozen=True, slots=True)
class Value:
    """A text made from a row. None: absent, so the field is left out."""

    template: Template
    member: str | None = None
    """The member (or item, by number) to take from the JSON that the cell holds."""
    table: Mapping[str, str] | None = None
    otherwise: str = REJECT
    """What becomes of a text that the table lacks: kept, rejected with its row, or left out."""

    def __call__(self, values: Values) -> str | None:
        """Raises ValueFaultError."""
        text = self.template.render(values)
        if text is not None and self.member is not None:
            text = self._member(text)
        if text is None or self.table is None:
            return text
        if (found := self.table.get(text)) is not None:
            return found
        if self.otherwise == REJECT:
            known = ", ".join(list(self.table)[:20])
            raise ValueFaultError(self.template.columns, f"{text[:60]!r} is not among the values the mapping knows: {known}.")
        return text if self.otherwise == KEEP else None

    def _member(self, text: str) -> str | None:
        try:
            holder = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            raise ValueFaultError(self.template.columns, "The cell does not hold JSON.") from None
        if isinstance(holder, list) and self.member is not None and self.member.isdecimal():
            found = holder[int(self.member)] if int(self.member) < len(holder) else None
        else:
            found = holder.get(self.member) if isinstance(holder, dict) else None
        if found is None or found == "":
            return None
        return normal(found if isinstance(found, str) else msgspec.json.encode(found).decode())

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.template.columns

    @property
    def possible(self) -> tuple[str, ...]:
        """The texts it can become, as far as the mapping alone says it."""
        if self.table is not None:
            return tuple(self.table.values())
        return () if self.template.constant is None else (self.template.constant,)


Read = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A value and how its text is read as what the field holds."""

    value: Value
    read: Read | None = None

    def __call__(self, values: Values) -> Any:
        """Raises ValueFaultError."""
        text = self.value(values)
        if text is None or self.read is None:
            return text
        try:
            return self.read(text)
        except ValueError as error:
            raise ValueFaultError(self.value.columns, str(error)) from None


def whole_number(decimals: int) -> Read:
    """Reads `85`, `85.0`, or with `decimals` an amount in major units as minor ones (`12.50` → 1250), exactly."""

    def read(text: str) -> int:
        try:
            number = Decimal(text.strip()).scaleb(decimals)
            if number.is_finite() and number == number.to_integral_value() and abs(number) < 10**18:
                return int(number)
        except (InvalidOperation, OverflowError):
            pass
        places = f" with at most {decimals} decimal places" if decimals else ""
        raise ValueError(f"{text[:60]!r} is not a {'' if decimals else 'whole '}number{places}.")

    return read


def flag(text: str) -> bool:
    """`true`, `TRUE`, `1` → True. Raises ValueError with a sentence."""
    match text.strip().lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
        case _:
            raise ValueError(f"{text[:60]!r} is neither true nor false.")


def moment_text(times: TimeReader) -> Read:
    """Reads a time, and gives it as JSON has it."""
    return lambda text: moment(times(text)).isoformat()


def day_text(formats: tuple[str, ...]) -> Read:
    """Reads a day, and gives it as JSON has it."""
    return lambda text: read_day(text, formats).isoformat()


def month_text(formats: tuple[str, ...]) -> Read:
    """Reads a day, and gives its month as JSON has it."""
    return lambda text: f"{read_day(text, formats):%Y-%m}"
