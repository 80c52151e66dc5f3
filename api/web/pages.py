"""Templates → pages. Whatever a template is given is escaped, and a page may load nothing but our own style."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from domain.vocabulary import Language

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_CONTENT_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def page(template: str, language: Language, *, alone: bool = False, **told: Any) -> str:
    """A page in a language. `alone`: it stands in a file of its own, and brings its style with it."""
    style = Markup((STATIC / "tasuki.css").read_text("utf-8")) if alone else None  # noqa: S704 - our own file.
    return _ENVIRONMENT.get_template(template).render(lang=language, style=style, **told)


def answered_page(text: str) -> Response:
    """A page as an answer."""
    return Response(text, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _CONTENT_POLICY})
