"""What the libraries that read requests say of a fault, in sentences of ours. What they repeat of the input is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TIME = "An RFC 3339 time with an offset is expected, such as 2026-11-13T17:00:00+09:00."
_SENTENCES = [
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"Expected int <= (-?\d+)", "A whole number up to {0} is expected."),
        (r"Expected int >= (-?\d+)", "A whole number from {0} on is expected."),
        (r"Expected str of length <= (\d+)", "A text of at most {0} characters is expected."),
        (r"Expected str of length >= 1", "A text is expected that is not empty."),
        (r"Expected array of length <= (\d+)", "A list of at most {0} items is expected."),
        (r"Expected str matching regex '\^\[A-Z\]\{3\}\$'", "A currency is expected in three capital letters, such as JPY."),
        (r"Expected str matching regex '\^\[0-9a-f\]\{64\}\$'", "A SHA-256 is expected, as 64 small hexadecimal digits."),
        (r"Expected str matching regex .*", "The text is not of the form that /openapi.json describes."),
        (r"Invalid enum value .*", "This is none of the values that there are; /openapi.json lists them."),
        (r"(?:Expected datetime|Invalid RFC3339 encoded datetime).*", _TIME),
        (r"(?:Expected date|Invalid RFC3339 encoded date)\b.*", "A day is expected, such as 2026-11-13."),
        (r"Expected int(?: \| null)?(?:, got .*)?", "A whole number is expected."),
        (r"Expected str(?: \| null)?(?:, got .*)?", "A text is expected."),
        (r"Expected bool(?: \| null)?(?:, got .*)?", "true or false is expected."),
        (r"Expected object(?: \| null)?(?:, got .*)?", "A JSON object is expected."),
        (r"Expected array(?: \| null)?(?:, got .*)?", "A JSON array is expected."),
    )
]
"""msgspec's messages, of which the first that fits counts."""


def plain(message: str) -> str:
    """A message of msgspec, as `ledger.shapes.pointed` gives it, as a sentence; a sentence of our own as it is."""
    bare = message.removesuffix(".")
    for pattern, sentence in _SENTENCES:
        if found := pattern.fullmatch(bare):
            return sentence.format(*found.groups())
    return message


def parameter_sentence(fault: Mapping[str, Any]) -> str:
    """What pydantic found wrong with a parameter."""
    limits = fault.get("ctx", {})
    match fault["type"]:
        case "extra_forbidden":
            return "There is no such parameter."
        case "missing":
            return "Is missing."
        case "less_than_equal":
            return f"A whole number up to {limits['le']} is expected."
        case "greater_than_equal":
            return f"A whole number from {limits['ge']} on is expected."
        case "int_parsing" | "int_type":
            return "A whole number is expected."
        case "string_too_long":
            return f"A text of at most {limits['max_length']} characters is expected."
        case "string_too_short":
            return "A text is expected that is not empty."
        case "literal_error":
            return f"Expected {limits['expected'].replace(chr(39), '')}."
        case _:
            return str(fault["msg"]).removeprefix("Value error, ").removesuffix(".") + "."
