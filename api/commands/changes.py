"""`tasuki changes`: what the answer for an instant changed between two moments of knowledge, and by which records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from api.changes.comparing import Between, Changed, Comparison
from api.changes.moving import Moved, moved
from api.changes.shown import ChangedLead, ChangesAnswer, shown_lead
from api.commands.options import DATABASE, WHEN, Database, Json, Lang, instant_of, known_of, misused, open_kept_book
from api.commands.progress import folding
from api.knowledge import Knowledge
from api.personal import SEALED
from api.stories import WallClock
from api.words import event_word
from domain.vocabulary import Language, moment
from ledger.entry import lead_of


def changes(
    known_at: Annotated[str, typer.Option("--known-at", help="The earlier moment of knowledge: a position, or a time with its offset.")],
    until: Annotated[str | None, typer.Option("--until", help="The later one; now if not given.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar=WHEN, help="The instant that is answered for; now if not given.")] = None,
    lead: Annotated[str | None, typer.Option("--lead", help="Only this lead.")] = None,
    lang: Lang = "en",
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Tell what the answer for one instant changed between two moments of knowledge, lead by lead, with the records that
    changed it."""
    with open_kept_book(database) as book, folding("comparing leads") as progress:
        knowledge = Knowledge(book)
        agreement = book.shared().agreement_at(book.clock())  # A day is one of its zone.
        before, after = known_of(knowledge, known_at, "--known-at"), known_of(knowledge, until, "--until")
        if after.position < before.position:
            misused("The later moment of knowledge (--until) is to lie behind the earlier one (--known-at).")
        at = instant_of(as_of, "--as-of", agreement) or before.as_of
        comparison = Comparison(book, knowledge, Between(at, before.position, after.position))
        everyone = (key for stream, _ in book.store.lead_streams() if (key := lead_of(stream)) is not None)
        leads = [lead] if lead is not None else comparison.leads(lambda _: everyone)
        found: list[Changed] = []
        for number, one in enumerate(leads, 1):
            found += comparison.changed([one])
            progress(number, len(leads))
        shared = knowledge.shared(after.position)
        answer = ChangesAnswer(
            position=after.position,
            as_of=moment(at),
            known_at=moment(before.known_at),
            until=moment(after.known_at),
            known_position=before.position,
            n=len(found),
            moved=moved(found),
            leads=[shown_lead(book, shared, comparison, one, SEALED) for one in found],
            next=None,
        )
    typer.echo(msgspec.json.encode(answer).decode() if json else "\n".join(_lines(answer, lang, WallClock(agreement))))


_HEADS = {
    "en": "As of {at}, between positions {known} and {position}: {n} leads read otherwise.",
    "ja": "対象時点{at}、記録{known}から{position}までの間に{n}件のリードの内容が変わりました。",
}


def _lines(answer: ChangesAnswer, lang: Language, clock: WallClock) -> Iterator[str]:
    at = getattr(clock.says(answer.as_of), lang)
    yield _HEADS[lang].format(at=at, known=answer.known_position, position=answer.position, n=answer.n)
    yield from (f"  {_line(one)}" for one in answer.moved)
    for lead in answer.leads:
        yield from _told(lead, lang, clock)


def _line(one: Moved) -> str:
    group = " ".join(str(value) for value in one.group.values() if not isinstance(value, bool))
    trial = " provisional" if one.group.get("provisional") is True else ""
    return f"{group}{trial}: {', '.join(f'{name} {n:+}' for name, n in one.by.items())}"


def _told(lead: ChangedLead, lang: Language, clock: WallClock) -> Iterator[str]:
    yield lead.lead
    for one in lead.differences:
        yield f"  {getattr(one.sentence, lang)}  [{' '.join(map(str, one.events))}]"
    for event in lead.events:
        happened, recorded = getattr(clock.says(event.time), lang), getattr(clock.says(event.recordedat), lang)
        name, who = getattr(event_word(event.type), lang), event.actor or event.source
        yield f"    {event.position} {name}, {happened}, {_RECORDED[lang]} {recorded}, {who}"


_RECORDED = {"en": "recorded", "ja": "記録"}
