"""`tasuki what-if`: history under a draft agreement beside today's. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.commands.options import DATABASE, WHEN, Database, Json, instant_of, known_of, misused, open_kept_book, say
from api.commands.progress import folding
from api.compliance import Figures
from api.knowledge import Knowledge
from api.replays import Replayed, WhatIfAnswer, shown
from domain.agreement_terms import FaultyAgreementError
from ledger.documents import UnreadableDocumentError, read_document
from ledger.terms import Checked, checked
from projections.what_if import Trial, what_if_in_processes


def what_if(
    file: Annotated[Path, typer.Argument(metavar="DRAFT", help="An agreement in YAML, as it would be proposed.")],
    since: Annotated[
        str | None, typer.Option("--from", metavar=WHEN, help="Clocks settled from then on: a day, or a time with its offset.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar=WHEN, help="Clocks settled before then.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar=WHEN, help="As the clocks stand then; now if not given.")] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="Only what was known then: a position, or a time with its offset.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="How many of the clocks that differ to list.")] = 20,
    processes: Annotated[int | None, typer.Option("--processes", min=1, help="How many processes; one a core if not given.")] = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Replay history as if a draft had been in force, and compare. Nothing is written. A day is one of the draft's zone."""
    draft = _draft(file)
    begin, end, at = (instant_of(text, name, draft.agreement) for text, name in ((since, "--from"), (until, "--until"), (as_of, "--as-of")))
    if begin is not None and end is not None and end < begin:
        misused("A period is to end after it begins.")
    with open_kept_book(database) as book, folding() as progress:
        known = known_of(Knowledge(book), known_at, "--known-at")
        trial = Trial(draft.terms, known.as_of if at is None else at, known.position, begin, end, limit)
        answer = shown(what_if_in_processes(database, book, trial, processes, progress), trial, draft.agreement, known.known_at)
    typer.echo(msgspec.json.encode(answer).decode() if json else "\n".join(_lines(answer)))


def _draft(file: Path) -> Checked:
    """Ends the command where the file is no agreement that could be proposed, with everything that is wrong in it."""
    try:
        return checked(read_document(file.read_bytes()))
    except OSError as error:
        misused(f"{file} cannot be read: {error.strerror}.")
    except UnreadableDocumentError as error:
        misused(f"{file.name}: {error}")
    except FaultyAgreementError as faulty:
        for pointer, sentence in faulty.faults:
            say(f"{file.name}, {pointer or '/'}: {sentence}")
        misused(f"{file.name} cannot be tried before it stands.")


def _lines(answer: WhatIfAnswer) -> Iterator[str]:
    """A line a promise, then a line a clock that differs."""
    width = max((len(row.promise) for row in answer.promises), default=0)
    yield f"{answer.agreement} beside today's, over {answer.leads} leads:"
    for row in answer.promises:
        yield f"  {row.promise:{width}}  {_told(row.today)}  ->  {_told(row.draft)}{_points(row)}"
    yield f"{answer.n} clocks of {answer.leads_differing} leads stand otherwise under the draft{':' if answer.differences else '.'}"
    yield from _listed(answer)


def _listed(answer: WhatIfAnswer) -> Sequence[str]:
    found = [f"  {one.lead}  {one.promise}  {one.today or 'none'} -> {one.draft or 'none'}" for one in answer.differences]
    left = answer.n - len(found)
    return [*found, f"  and {left} more; --limit shows more of them."] if found and left else found


def _told(figures: Figures) -> str:
    percent = "    none" if figures.percent is None else f"{figures.percent:6.1f} %"
    broken = f"{figures.late} late, {figures.missed} missed, {figures.overdue} overdue"
    return f"{percent} of {figures.n} ({broken})"


def _points(row: Replayed) -> str:
    return "" if row.difference.percent is None else f"  {row.difference.percent:+.1f}"
