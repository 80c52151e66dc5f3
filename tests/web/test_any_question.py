"""Whatever an address of a page or of the API is asked, it answers or says what was wrong, and repeats no markup."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin
from urllib.parse import quote

import httpx
import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from api.app import create_app

MARKUP = "\"'><script>alert(1)</script>"
TRICKS = [
    MARKUP, "", " ", "\0", "\u202eL-1", "L\u200b1", "\uff2c\uff0d\uff11",
    "\ud7ff\ue000", "../../etc/passwd", "..\\..\\boot.ini", "%2e%2e%2f", "%00", "a" * 201,
    "-1", "0", "1", "1.0", "1e400", "NaN", "\u0663", "\uff19", str(2**53), "9" * 40,
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "2026-02-30T00:00:00Z", "2026-11-16T09:00:00Z", "2026-11", "0000-13", "2026-11-16",
    "now", "all", "ja", "en", "mql", "marketing", "inside_sales", "marketing:tanaka",
    "the-model@1", "the-model@99999999999", "@", "a,b,c", "=1+1", "*", "{}", "[1]",
]  # fmt: skip
STREAMS = {"/v1/events/stream", "/live"}
"""They go on until who asked goes away."""


def names_of(route: APIRoute) -> list[str]:
    """What a route's address may be asked by."""
    names: list[str] = []
    for parameter in inspect.signature(route.endpoint, eval_str=True).parameters.values():
        annotation: Any = parameter.annotation
        kind = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            names += [field.alias or name for name, field in kind.model_fields.items()]
        elif isinstance(parameter.default, FieldInfo) or f"{{{parameter.name}" not in route.path:
            names.append(parameter.name)
    return names


def reads() -> Iterator[tuple[str, list[str]]]:
    """Every address that is read, and what it may be asked by."""

    def walk(found: Any) -> Iterator[Any]:
        for route in found:
            yield from walk(route.original_router.routes) if hasattr(route, "original_router") else [route]

    for route in walk(create_app().router.routes):
        if isinstance(route, APIRoute) and "GET" in route.methods and route.path not in STREAMS:
            yield route.path, names_of(route)


READS = dict(reads())


@pytest.mark.parametrize("path", sorted(READS))
@settings(max_examples=8, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_is_asked_is_answered_or_told_what_is_wrong(served: str, asking: httpx.Client, path: str, data: st.DataObject) -> None:
    values = st.sampled_from(TRICKS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    filled = re.sub(r"{\w+(:path)?}", lambda _: quote(data.draw(values.filter(bool)), safe=""), path)
    asked = data.draw(st.dictionaries(st.sampled_from(READS[path]), values, max_size=3)) if READS[path] else {}
    answer = asking.get(
        filled, params=asked, headers={"accept": data.draw(st.sampled_from(["text/html", "application/json", "text/csv", "*/*"]))}
    )
    assert answer.status_code < 500, (filled, asked, answer.text[:500])
    assert "<script>alert" not in answer.text or "html" not in answer.headers["content-type"]


@pytest.mark.parametrize("path", ["/promises", "/leads/nobody", "/charts/leads/L-000001/lanes.svg"])
def test_a_form_that_is_wrong_in_one_field_and_empty_in_another_is_told_so_on_a_page(asking: httpx.Client, path: str) -> None:
    answer = asking.get(path, params={"known_at": "", "as_of": "never"}, headers={"accept": "text/html"})
    assert answer.status_code == 422
    assert "<h1" in answer.text


@pytest.fixture(scope="module")
def asking(served: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served, timeout=30) as client:
        yield client
