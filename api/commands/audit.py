"""`tasuki audit`: one lead's audit trail, to read, to keep or to print."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from api.audit.document import document
from api.audit.trail import audit as trail_of
from api.commands.options import DATABASE, WANTING, Database, Json, Lang, Personal, misused, open_kept_book, say
from api.commands.telling import tell
from api.documents import html as as_html
from api.documents import markdown as as_markdown
from api.knowledge import Knowledge
from api.personal import SEALED, Disclosure
from api.problems import ProblemError


def audit(
    lead: Annotated[str, typer.Argument(metavar="LEAD", help="The lead's key.")],
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a Markdown document.")] = False,
    html: Annotated[bool, typer.Option("--html", help="As a page in a file of its own, which prints.")] = False,
    as_of: Annotated[str | None, typer.Option("--as-of", help="The state at this time; now if absent.")] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="Only what was recorded by this time or position.")] = None,
    personal: Personal = False,
    lang: Lang = "en",
    database: Database = DATABASE,
) -> None:
    """Tell all that is known of a lead: its story, the figures behind it, and every record with its hash. It is no basis
    for appraising people."""
    if json + markdown + html > 1:
        misused("One form at a time: --json, --markdown or --html.")
    with open_kept_book(database) as book:
        knowledge = Knowledge(book)
        try:
            known = knowledge.asked(as_of, known_at)
        except ProblemError as error:
            misused(error.problem.detail)
        shared = knowledge.shared(known.position)
        trail = trail_of(book, shared, lead, known, Disclosure(book.sealing) if personal else SEALED)
    if trail is None:
        say("The ledger knows nothing of this lead at that moment.")
        raise typer.Exit(WANTING)
    blocks = document(trail, shared.agreement(trail.agreement))
    if json:
        typer.echo(msgspec.json.encode(trail).decode())
    elif html:
        typer.echo(as_html(blocks, lang, alone=True), nl=False)
    elif markdown:
        typer.echo(as_markdown(blocks, lang), nl=False)
    else:
        tell(blocks, lang)
