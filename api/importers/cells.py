"""Typed cells (XLSX, Parquet) as the text that a CSV of the same table would hold."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec

from api.importers.rows import normal


def cell_text(value: Any) -> str:
    """Times in ISO form, whole numbers without a decimal point, lists and structures as JSON; absent is empty."""
    match value:
        case None:
            return ""
        case str():
            return normal(value)
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return normal(msgspec.json.encode(value, order="sorted").decode())
