"""RFC 8785: the vectors of its authors, as far as they lie inside the profile, and the order of keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain import events as e
from ledger.codec import data_of


def canonical(value: Any) -> bytes:
    """The bytes of free JSON inside an event."""
    wrapped = bytes(data_of(e.AgreementProposed("a", 1, {"v": value})))
    return wrapped.removeprefix(b'{"name":"a","terms":{"v":').removesuffix(b'},"version":1}')


def in_profile(value: Any) -> bool:
    """Whole numbers, and keys up to U+D7FF, which code points and UTF-16 units sort alike; the door keeps out the rest."""
    if isinstance(value, dict):
        return all(in_profile(item) for item in value.values()) and max(map(max, filter(None, value)), default="") <= "\ud7ff"
    return all(in_profile(item) for item in value) if isinstance(value, list) else not isinstance(value, float)


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_a_vector_is_written_as_the_rfc_has_it(name: str, data: Path) -> None:
    value = json.loads((data / "jcs" / "testdata" / "input" / f"{name}.json").read_bytes())
    if name == "structures":
        value["1"]["\n"] = 56
    if not in_profile(value):
        pytest.skip(f"{name} holds floats or keys that the profile leaves out.")
    assert canonical(value) == (data / "jcs" / "testdata" / "output" / f"{name}.json").read_bytes()


@pytest.mark.parametrize("text", ['"', "\\", "\b\f\n\r\t", "\u0000\u001f", "\u007f", "/", "</script>", "é日本😂", "\u2028"])
def test_a_text_is_escaped_as_the_rfc_has_it(text: str) -> None:
    assert canonical(text) == json.dumps(text, ensure_ascii=False).encode()
