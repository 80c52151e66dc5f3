"""What a page was asked: the language, the filters and the moment, all of them in its address, and links that keep them.

Addresses of pages take what the API takes, as people and forms write it: an empty value asks nothing, `~` asks for leads of
which nobody said it, and times without an offset are on the wall clock of the agreement in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal, NamedTuple, TypeVar
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from pydantic import BaseModel, Field, model_validator

from api.knowledge import Known, timestamp
from api.languages import spoken
from api.parameters import PeriodFilters
from api.personal import Disclosure, disclosure_of
from api.security import Caller, caller_of
from api.service import Service
from api.slashes import path_of
from api.web.formats import Formats
from domain.access import READ
from domain.agreement import Agreement
from domain.findings import Sentence
from domain.vocabulary import Language, department_of, moment
from projections.leads import LEADS, said_of

Question = TypeVar("Question", bound=BaseModel)
UNSAID = "~"
"""What an address says for "nobody said it": a form sends an empty value for what it does not ask."""
LANGUAGE_COOKIE = "lang"


class ElsewhereError(Exception):
    """The page is at another address."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address


class Page(NamedTuple):
    """A page of the dashboards. One that needs to know more (a lead, a figure whose cases it lists) stands in no navigation;
    `example` is an address of it in the tests' ledger."""

    name: str
    path: str
    title: Sentence
    example: str | None = None

    @property
    def is_in_navigation(self) -> bool:
        """Whether one can go there without knowing more."""
        return self.example is None


class Group(NamedTuple):
    """Pages that answer one kind of question: one word of the navigation, and below it its pages."""

    title: Sentence
    pages: Sequence[Page]


class PageQuery(PeriodFilters):
    """What every page may be asked by; a page with parameters of its own derives from it."""

    lang: Language | None = Field(None, description="The language; goes before the cookie and `Accept-Language`.")
    basis: Literal["now", "cohort", "period"] | None = Field(None, description="How stages are counted.")
    meeting: Literal["1"] | None = Field(None, description="The weekly meeting: the moment stays where it is.")
    embed: Literal["1"] | None = Field(None, description="Without header and footer, to stand in another page.")

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, Mapping) else given


_TIMES = ("as_of", "known_at", "from", "until")
SHARED = frozenset(field.alias or name for name, field in PageQuery.model_fields.items())
"""The parameters that go along from page to page."""


@dataclass(frozen=True, slots=True)
class View:
    """One page as it was asked for. `query` is what read functions take: its times have offsets, its `as_of` is fixed."""

    page: Page
    groups: Sequence[Group]
    """The dashboards, as the navigation groups them."""
    path: str
    asked: Mapping[str, str]
    """The parameters by the names that addresses have, as they were given."""
    query: PageQuery
    language: Language
    known: Known
    agreement: Agreement
    """The one in force at the moment asked: its zone tells the time."""
    is_part: bool
    """Whether a script asked for it, to put it in the place of what is shown."""
    frame_ancestors: str
    """Which sites may show the page inside theirs."""
    offered: Mapping[str, Sequence[str]]
    """What leads are said to be, by attribute, for filters to choose from; of a moment that is held nothing is, so that the page
    stays the same for ever."""
    caller: Caller
    """Who looks at it."""
    disclosure: Disclosure
    """What the page may show of personal data."""

    @classmethod
    def of(cls, page: Page, request: Request, service: Service, query: PageQuery) -> View:
        """Raises ProblemError for a moment that cannot be. Raises ElsewhereError for what a form left empty, so that addresses
        stay short enough to be passed on, and for a meeting that is not held at a position yet."""
        zone = ZoneInfo(service.knowledge.shared(service.book.head().position).agreement_at(service.book.clock()).zone)
        given = {name: str(value) for name, value in query.model_dump(by_alias=True, exclude_defaults=True).items()}
        with_offsets = {name: with_offset(given[name], zone, ends_day=name == "until") for name in _TIMES if name in given}
        for name in ("from", "until"):
            if name in with_offsets:
                timestamp(with_offsets[name], f"/query/{name}")
        known = service.knowledge.asked(with_offsets.get("as_of"), with_offsets.get("known_at"))
        unsaid = dict.fromkeys((name for name, value in given.items() if value == UNSAID), "")
        fixed = {**with_offsets, **unsaid, "as_of": moment(known.as_of).isoformat()}
        fields = {field.alias or name: name for name, field in type(query).model_fields.items()}
        view = cls(
            page=page,
            groups=request.app.state.groups,
            path=path_of(request),
            asked={**given, **with_offsets},
            query=query.model_copy(update={fields[name]: value for name, value in fixed.items()}),
            language=_language(request, query),
            known=known,
            agreement=service.knowledge.shared(known.position).agreement_at(known.as_of),
            is_part=request.headers.get("hx-request") == "true",
            frame_ancestors=service.settings.frame_ancestors if query.embed else "'none'",
            offered={} if {"as_of", "known_at"} & given.keys() else _offered(service),
            caller=caller_of(request.scope),
            disclosure=disclosure_of(request, service),
        )
        if query.meeting and "known_at" not in given:
            raise ElsewhereError(view.pinned())
        if "" in request.query_params.values():
            raise ElsewhereError(view.link())
        return view

    @property
    def fmt(self) -> Formats:
        """Writes figures and times in the page's language, on the agreement's wall clock."""
        return Formats(self.language, self.agreement)

    @property
    def is_present(self) -> bool:
        """Whether nothing holds the moment."""
        return "as_of" not in self.asked and "known_at" not in self.asked

    @property
    def is_known(self) -> bool:
        """Whether who looks at it may read, and is to see more than how to get in."""
        return self.caller.may(READ)

    @property
    def form_token(self) -> str:
        """What a form of this page carries; empty where nobody is logged in."""
        return self.caller.session.form_token if self.caller.session else ""

    def lets(self, scope: str, among: Iterable[str] | None = None, *, but: Iterable[str] = ()) -> bool:
        """Whether who looks at it may act: with a scope, as one of some departments, and as none of others."""
        if self.caller.person is None:
            return self.caller.may(scope)
        own = department_of(self.caller.person)
        return self.caller.may(scope, own) and (among is None or own in among) and own not in but

    def link(self, to: str | None = None, fragment: str = "", /, **changes: object) -> str:
        """An address that asks the same: of this page, or of another one (`/leads`). `changes` replace parameters; None
        takes one away, and an underscore behind a name is left out (`from_`)."""
        kept = self.asked if to is None else {name: value for name, value in self.asked.items() if name in SHARED}
        return _address(self.path if to is None else to, _changed(kept, changes), fragment)

    def lead(self, key: str, fragment: str = "") -> str:
        """The address of a lead's page at the same moment, without the filters."""
        kept = {name: value for name, value in self.asked.items() if name in _ALONG}
        return _address(f"/leads/{quote(key, safe='')}", kept, fragment)

    def pinned(self, **changes: object) -> str:
        """This page, held at the position and the instant that it shows."""
        at: dict[str, object] = {"as_of": moment(self.known.as_of).isoformat(), "known_at": self.known.position}
        return self.link(**{**at, **changes})

    def cleared(self, names: Iterable[str]) -> str:
        """This page without these parameters, from its beginning."""
        return self.link(**{**dict.fromkeys(names), "cursor": None})

    @property
    def until_day(self) -> str:
        """The last day of the period asked, as an input of a form wants it; empty where none was asked."""
        if "until" not in self.asked:
            return ""
        until = datetime.fromisoformat(self.asked["until"])
        return f"{until - timedelta(days=1) if until.time() == time.min else until:%Y-%m-%d}"

    @property
    def live(self) -> str:
        """Where news behind the position shown come from."""
        return f"/live?after={self.known.position}&lang={self.language}"

    def ask(self, accepts: type[Question], **changes: object) -> Question:
        """The page's question as an address of the API takes it: `accepts` is what that may be asked by. `changes` go before;
        None takes one away."""
        named = {field.alias or name: getattr(self.query, name, None) for name, field in accepts.model_fields.items()}
        return accepts.model_validate({name: value for name, value in {**named, **changes}.items() if value is not None})

    def api(self, path: str, accepts: type[BaseModel], **changes: object) -> str:
        """The same question to the API: `accepts` is what the address there may be asked by."""
        names = {field.alias or name for name, field in accepts.model_fields.items()}
        kept = {name: "" if value == UNSAID else value for name, value in self.asked.items() if name in names}
        return _address(path, _changed(kept, changes))


_MOST_OFFERED = 200


def _offered(service: Service) -> Mapping[str, Sequence[str]]:
    with service.tables.reading() as connection:
        tally = service.tables.live_tally(connection, LEADS)
        return {} if tally is None else said_of(connection, tally, _MOST_OFFERED)


_ALONG = ("lang", "as_of", "known_at", "meeting", "embed")


def _changed(kept: Mapping[str, str], changes: Mapping[str, object]) -> dict[str, str]:
    changed = {**kept, **{name.removesuffix("_"): value for name, value in changes.items()}}
    return {name: str(value) for name, value in changed.items() if value is not None}


def _address(path: str, parameters: Mapping[str, str], fragment: str = "") -> str:
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"{path}{query}{f'#{fragment}' if fragment else ''}"


def _language(request: Request, query: PageQuery) -> Language:
    if query.lang is not None:
        return query.lang
    match request.cookies.get(LANGUAGE_COOKIE):
        case "ja":
            return "ja"
        case "en":
            return "en"
        case _:
            return spoken(request.headers.get("accept-language"))


def with_offset(text: str, zone: ZoneInfo, *, ends_day: bool = False) -> str:
    """A time as a form sends it (`2026-11-16`, `2026-11-16T09:00`) with its offset; anything else as it is, for the reader to
    judge. A day on which a period ends belongs to it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    if at.tzinfo is not None or text.isdigit():
        return text
    if ends_day and len(text) == len("2026-11-16") and at.time() == time.min:
        at += timedelta(days=1)
    return at.replace(tzinfo=zone).isoformat()
