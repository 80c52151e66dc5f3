"""The pieces of a drawing: elements whose attributes and texts are escaped, marks that link, and a drawing as a file."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from fastapi import Response
from markupsafe import Markup, escape

WIDTH = 960
"""Every chart is as wide in its own units; pages scale it."""
Colour = Literal[
    "series-1", "series-2", "series-3", "series-4", "series-5", "series-6", "kept", "broken", "charge", "quiet",
    "heat-0", "heat-1", "heat-2", "heat-3", "heat-4",
]  # fmt: skip
"""The classes that charts.css gives a colour."""
_STATIC = Path(__file__).parent.parent / "static"
_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


class Mark(NamedTuple):
    """One thing drawn: how much it is, how that is written, what a reader is told of it, and where it leads (nowhere if
    empty)."""

    value: float
    text: str
    title: str
    href: str = ""
    colour: Colour = "series-1"


def element(name: str, *children: Markup | str, **attributes: object) -> Markup:
    """An element. `text_anchor` is the attribute text-anchor, `class_` is class; None leaves one out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_figure(value))}"' for key, value in attributes.items() if value is not None
    )
    return Markup(f"<{name}{written}>{''.join(map(escape, children))}</{name}>")  # noqa: S704 - everything but our own names is escaped.


def _figure(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value


def text(said: str, x: float, y: float, *, anchor: Literal["start", "middle", "end"] = "start", class_: str | None = None) -> Markup:
    """A line of text on the page's ground."""
    return element("text", said, x=float(x), y=float(y), text_anchor=None if anchor == "start" else anchor, class_=class_)


def linked(drawn: Markup, title: str, href: str) -> Markup:
    """Something drawn that says what it is, and leads somewhere."""
    named = element("title", title) + drawn
    return element("a", named, href=href, aria_label=title) if href else element("g", named)


def drawing(title: str, height: float, parts: Iterable[Markup]) -> Markup:
    """The whole. It is a group and no picture: a picture would hide its links from those who cannot see it."""
    return element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height:.0f}",
        class_="chart",
        role="group",
        aria_label=title,
    )


def width_of(said: str) -> float:
    """About how wide a text is drawn: letters of Chinese and Japanese are twice as wide as others."""
    return sum(13 if ord(letter) > 0x2E80 else 7.5 for letter in said)


def shortened(said: str, characters: int) -> str:
    """A label that fits; its title tells the whole."""
    return said if len(said) <= characters else f"{said[: characters - 1]}…"


def answered_chart(chart: Markup) -> Response:
    """A chart as a file of its own, which brings its colours with it."""
    style = _COMMENT.sub("", "\n".join((_STATIC / name).read_text("utf-8") for name in ("colours.css", "charts.css")))
    head, _, rest = str(chart).partition(">")
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    return Response(f"{head}><style>{style}</style>{rest}", media_type="image/svg+xml", headers={"Content-Security-Policy": policy})
