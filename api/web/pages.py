"""Templates → pages. Whatever a template is given is escaped, and a page may load nothing but what stands in `static`."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api import words as tables
from api.web.view import LANGUAGE_COOKIE, View
from api.web.words import EVERYWHERE
from api.web.words.problems import WORDS as PROBLEMS
from domain.findings import Sentence
from domain.vocabulary import Language

HTML = "text/html"
_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_STYLES = ("colours.css", "tasuki.css")
_YEAR_SECONDS = 365 * 86_400
_DOCUMENT_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors {}"
)
_TABLES = (
    "STAGES", "OUTCOMES", "PROMISES", "CLOCK_STATES", "HANDOFF_STATES", "VERDICT_STATES", "DISPUTE_STATES", "MARKS",
    "QUESTIONS", "ACTIVITIES", "ACTIVITY_OUTCOMES",
)  # fmt: skip


def _asset(name: str) -> str:
    """The address of a file of ours; another content is another address, so that browsers may keep it."""
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.globals.update(
    {name: getattr(tables, name) for name in _TABLES},
    PROBLEMS=PROBLEMS,
    assets={path.name: _asset(path.name) for path in sorted(STATIC.iterdir())},
    styles=_STYLES,
)


def document(template: str, language: Language, *, alone: bool = False, **told: Any) -> str:
    """A document in a language, without anything to click on around it. `alone`: it stands in a file of its own, and brings
    its style with it."""
    style = Markup("\n".join((STATIC / name).read_text("utf-8") for name in _STYLES)) if alone else None  # noqa: S704 - our own files.
    return _ENVIRONMENT.get_template(template).render(lang=language, style=style, **told)


def answered_document(text: str) -> Response:
    """A document as an answer."""
    return Response(text, media_type=f"{HTML}; charset=utf-8", headers={"Content-Security-Policy": _DOCUMENT_POLICY})


def rendered(view: View, template: str, words: Mapping[str, Sentence], *, status: int = 200, **told: Any) -> Response:
    """A page of the dashboards. In the template `w` are its words (and everybody's) in the page's language, `fmt` writes
    figures and times, `view` makes links; the rest is what is told."""
    language, fmt = view.language, view.fmt
    said = {name: fmt.say(sentence) for name, sentence in {**EVERYWHERE, **words}.items()}
    text = _ENVIRONMENT.get_template(template).render(
        lang=language,
        style=None,
        layout="part.html" if view.is_part else "page.html",
        view=view,
        w=SimpleNamespace(**said),
        fmt=fmt,
        **{"title": fmt.say(view.page.title), **told},
    )
    answer = Response(text, status, media_type=f"{HTML}; charset=utf-8")
    answer.headers["Content-Security-Policy"] = _PAGE_POLICY.format(view.frame_ancestors)
    answer.headers["Content-Language"] = language
    answer.headers["Vary"] = "Accept, Accept-Language, Cookie, HX-Request"
    if view.query.lang is not None:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_SECONDS, httponly=True, samesite="lax")
    return answer
