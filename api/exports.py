"""A list as JSON, as NDJSON, or as CSV that a spreadsheet opens without being led astray."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from fastapi import Response

NDJSON, CSV = "application/x-ndjson", "text/csv"
BYTE_ORDER_MARK = "\ufeff"
"""Without it, spreadsheets read UTF-8 as the local encoding."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def wanted(accept: str | None, kinds: Sequence[str] = (NDJSON, CSV)) -> str:
    """The form a client prefers among those we have: JSON unless it names another one first."""
    for choice in (accept or "").lower().split(","):
        kind = choice.partition(";")[0].strip()
        if kind in kinds:
            return kind
        if kind in ("application/json", "application/*", "*/*"):
            break
    return "application/json"


def listed(
    accept: str | None, body: msgspec.Struct | Mapping[str, Any], items: Sequence[Any], headers: Mapping[str, str] | None = None
) -> Response:
    """A list in the form that the client accepts: the whole answer as JSON, or its items alone."""
    kind = wanted(accept)
    everywhere = {"Vary": "Accept", **(headers or {})}
    if kind == NDJSON:
        return Response(msgspec.json.Encoder().encode_lines(items), 200, everywhere, NDJSON)
    if kind == CSV:
        return Response(as_csv(_rows(items)), 200, everywhere, f"{CSV}; charset=utf-8")
    return Response(msgspec.json.encode(body), 200, everywhere, "application/json")


def _rows(items: Sequence[Any]) -> list[dict[str, Any]]:
    """Items as plain values, by way of JSON: an event's data is kept as the JSON that it is."""
    rows: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(items))
    return rows


def answered(body: msgspec.Struct | Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(msgspec.json.encode(body), status, headers, "application/json")


def as_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows under a header. What a row nests becomes columns with dots (`deal.amount`)."""
    flat = [dict(flattened(row)) for row in rows]
    named = list(dict.fromkeys(column for row in flat for column in row))
    # What is null in one row and nested in another has its columns from the other.
    columns = [column for column in named if not any(other.startswith(f"{column}.") for other in named)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([neutral(row.get(column)) for column in columns] for row in flat)
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def flattened(value: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """What a mapping nests, under names with dots."""
    for key, item in value.items():
        if isinstance(item, Mapping):
            yield from flattened(item, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", item


def neutral(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return neutral(" ".join(str(item) for item in value))
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
