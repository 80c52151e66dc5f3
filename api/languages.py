"""Which language a reader is answered in."""

from __future__ import annotations

import re

from domain.vocabulary import Language

_RANGE = re.compile(r"\s*(?P<tag>[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q\s*=\s*(?P<weight>[01](?:\.\d{0,3})?)\s*)?")


def spoken(accept_language: str | None) -> Language:
    """The language of ours that a client likes best (RFC 9110 §12.5.4); English where it names neither."""
    weights: dict[Language, float] = {}
    for choice in (accept_language or "").split(","):
        found = _RANGE.fullmatch(choice)
        if found is None:
            continue
        weight = float(found["weight"] or 1)
        tag = found["tag"].lower().partition("-")[0]
        if tag == "ja":
            weights["ja"] = max(weight, weights.get("ja", 0))
        elif tag == "en":
            weights["en"] = max(weight, weights.get("en", 0))
    return "ja" if weights.get("ja", 0) > weights.get("en", 0) else "en"
