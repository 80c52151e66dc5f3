"""`tasuki personas`: write, check, propose, correct and sign whom we sell to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.documents import As, append, document_of, faults_of, found_wanting, person_acts, print_json, standing, version_named
from api.commands.options import DATABASE, Database, Json, misused, open_kept_book, say
from api.personal import Disclosure
from api.personas import all_personas, shown_personas, shown_personas_terms
from domain.personas import PERSONA_DOCUMENTS, corrected
from domain.signed_documents import FaultyDocumentError
from ledger.agreeing import RefusedError
from ledger.book import Book
from ledger.documents import write_document
from ledger.signed_documents import checked, proposal, signature, withdrawal

personas = typer.Typer(no_args_is_help=True, help="Write, check, propose, correct and sign whom we sell to.")

Document = Annotated[Path, typer.Argument(metavar="FILE", help="A persona document in YAML.")]
Id = Annotated[str, typer.Argument(metavar="NAME@VERSION", help="A version, such as buyers@1.")]


@personas.command("check")
def check(file: Document, json: Json = False) -> None:
    """Say everything that is wrong with a document; exit 1 if anything is. Nothing is recorded."""
    try:
        document = checked(PERSONA_DOCUMENTS, document_of(file))
    except FaultyDocumentError as faulty:
        found_wanting(file.name, faulty.faults, json=json)
    if json:
        print_json({"document": document.id, "faults": []})
    else:
        typer.echo(f"{document.id} stands.")


@personas.command("propose")
def propose(file: Document, actor: As, json: Json = False, database: Database = DATABASE) -> None:
    """Propose a version. It holds once every department that it names has signed."""
    document = document_of(file)
    person_acts(actor)
    with open_kept_book(database) as book:
        try:
            claim = proposal(document, book.shared().personas, actor, book.clock())
        except RefusedError as error:
            found_wanting(file.name, faults_of(error.refused), json=json)
        append(book, claim, json=json)
        _tell(book, f"{claim.event.name}@{claim.event.version}", json=json)  # type: ignore[union-attr]


@personas.command("correct")
def correct(database: Database = DATABASE) -> None:
    """Write the signed document under the next number, to be corrected in a file and proposed."""
    with open_kept_book(database) as book:
        terms = corrected(book.shared().personas, book.clock())
    if terms is None:
        misused("No persona document is in force yet: propose one, and let every department that it names sign it.")
    typer.echo(write_document(terms), nl=False)


@personas.command("sign")
def sign(document: Id, actor: As, json: Json = False, database: Database = DATABASE) -> None:
    """Sign a version for one's own department. With the last signature it is in force."""
    person_acts(actor)
    version_named(document)
    with open_kept_book(database) as book:
        append(book, signature(PERSONA_DOCUMENTS, document, actor, book.clock()), json=json)
        _tell(book, document, json=json)


@personas.command("withdraw")
def withdraw(
    document: Id,
    actor: As,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Take a version back before it is in force."""
    person_acts(actor)
    version_named(document)
    with open_kept_book(database) as book:
        try:
            claim = withdrawal(PERSONA_DOCUMENTS, document, actor, reason, book.clock())
        except RefusedError as error:
            misused(error.refused.detail)
        append(book, claim, json=json)
        _tell(book, document, json=json)


@personas.command("show")
def show(
    document: Annotated[str | None, typer.Argument(metavar="NAME@VERSION", help="Which version; all of them if none is named.")] = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Show a version's document, or how every version stands."""
    with open_kept_book(database) as book:
        known, position, now = book.shared().personas, book.head().position, book.clock()
        disclosure = Disclosure(book.sealing)
        answer = all_personas(known, now, position, now, disclosure)
    if document is None:
        if json:
            print_json(answer)
        else:
            typer.echo("\n".join(standing(one) for one in answer.documents) or "No persona document is proposed yet.")
        return
    if document not in known.versions:
        misused(f"The ledger holds no persona document {document}; it holds {', '.join(known.versions) or 'none yet'}.")
    if json:
        print_json(shown_personas_terms(known, document, now, position, now, disclosure))
    else:
        say(standing(shown_personas(known, document, now, disclosure)))
        typer.echo(write_document(known.versions[document].terms), nl=False)


def _tell(book: Book, id: str, *, json: bool) -> None:
    """How a version stands after an act upon it."""
    known, now, disclosure = book.shared().personas, book.clock(), Disclosure(book.sealing)
    if json:
        print_json(shown_personas_terms(known, id, now, book.head().position, now, disclosure))
    else:
        typer.echo(standing(shown_personas(known, id, now, disclosure)))
