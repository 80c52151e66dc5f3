"""What routes take in their addresses: strict, so that a slip of the pen is refused instead of overlooked."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from projections.asking import GROUPINGS

_DIGITS = re.compile(r"[0-9]{1,16}")


def _whole(value: Any) -> Any:
    """Digits only: the framework would take 1.0, 1_0 and full-width digits as well."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("A whole number is expected.")
    return value


WHOLE = BeforeValidator(_whole)
"""Stands last among a parameter's annotations, so that its limits are described."""
PERIOD_PATTERN = r"^\d{4}-(0[1-9]|1[0-2]|W0[1-9]|W[1-4]\d|W5[0-3])$"
"""A month (2026-11) or a week (2026-W47)."""

Key = Annotated[str, Path(min_length=1, max_length=200, description="The lead's key in its source system.", examples=["L-1001"])]
Position = Annotated[int, Path(ge=1, le=2**53 - 1, description="A position of the book.", examples=[1]), WHOLE]


class Parameters(BaseModel):
    """A route's query: anything it does not name is refused."""

    model_config = ConfigDict(extra="forbid")


_TIMESTAMP = {"type": "string", "format": "date-time"}
Timestamp = Annotated[str, WithJsonSchema(_TIMESTAMP)]
"""RFC 3339 with its offset; read by `api.knowledge`."""
Knowing = Annotated[str, WithJsonSchema({"anyOf": [_TIMESTAMP, {"type": "string", "pattern": "^(0|[1-9][0-9]{0,15})$"}]})]


class Asked(Parameters):
    """The two axes that every read takes."""

    as_of: Timestamp | None = Field(
        None, description="The fold of known events up to then, in silence after. Now if absent.", examples=["2026-11-16T15:00:00Z"]
    )
    known_at: Knowing | None = Field(
        None, description="A time or a position: only what was recorded by then exists. Now if absent.", examples=["57"]
    )


class Reaching(Asked):
    """A read of the tables, which may be a replica's and a little behind."""

    min_position: Annotated[int, Field(ge=0, le=2**53 - 1), WHOLE] | None = Field(
        None,
        description="The answer is to know of everything up to this position, such as that of a receipt: it is waited for, "
        "and refused with 503 where it takes too long.",
        examples=[1],
    )


Limit = Annotated[int, Field(ge=1, le=1_000, description="How many at most."), WHOLE]


def _filter(sentence: str) -> Any:
    return Field(None, max_length=200, description=f"{sentence} An empty value asks for leads of which nobody said it.")


class Filters(Reaching):
    """Which leads are asked about: those that match every filter given, at `as_of`."""

    stage: str | None = _filter("Only leads in this stage.")
    state: Literal["open", "closed", "merged"] | None = Field(None, description="Only leads in this state.")
    outcome: str | None = _filter("Only leads with this outcome.")
    department: str | None = _filter("Only leads in this department's custody.")
    owner: str | None = _filter("Only this person's leads.")
    channel: str | None = _filter("Only leads from this channel.")
    campaign: str | None = _filter("Only leads from this campaign.")
    persona: str | None = _filter("Only leads of this persona.")
    industry: str | None = _filter("Only leads of this industry.")
    company_size: str | None = _filter("Only leads of this company size.")
    region: str | None = _filter("Only leads from this region.")
    agreement: str | None = Field(None, max_length=220, description="Only leads under this version of an agreement, such as the-model@1.")


class PeriodFilters(Filters):
    """Filters, and a half-open period."""

    from_: Timestamp | None = Field(None, alias="from", description="Where the period begins; open if absent.")
    until: Timestamp | None = Field(None, description="Where the period ends, itself not in it; open if absent.")


_GROUPINGS = f"^({'|'.join(GROUPINGS)})(,({'|'.join(GROUPINGS)}))?$"


def _attributes(value: Any) -> Any:
    """The framework would tell the whole regular expression."""
    if isinstance(value, str) and not re.fullmatch(_GROUPINGS, value):
        raise ValueError(f"Group by one or two of {', '.join(GROUPINGS)}, with a comma between.")
    return value


Groupings = Annotated[
    str | None,
    Field(pattern=_GROUPINGS, description="One or two attributes, with a comma between.", examples=["channel"]),
    BeforeValidator(_attributes),
]
