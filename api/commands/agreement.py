"""`tasuki agreement`: write, check, propose, sign and compare what the departments promise each other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from api.commands.documents import As, append, document_of, faults_of, found_wanting, person_acts, print_json, standing, version_named
from api.commands.options import DATABASE, WANTING, Database, Json, misused, open_book, open_kept_book, say
from api.personal import Disclosure
from api.versions import shown_terms, shown_version
from domain.agreement_differences import differences
from domain.agreement_terms import FaultyAgreementError
from domain.agreements import Agreements
from ledger.agreeing import RefusedError, extension, proposal, signature, withdrawal
from ledger.agreement_schema import agreement_schema
from ledger.book import Book
from ledger.documents import write_document
from ledger.terms import checked, written

agreement = typer.Typer(no_args_is_help=True, help="Write, check, propose, sign and compare agreements.")

Document = Annotated[Path, typer.Argument(metavar="FILE", help="An agreement in YAML.")]
Id = Annotated[str, typer.Argument(metavar="NAME@VERSION", help="A version, such as the-model@1.")]


@agreement.command("check")
def check(file: Document, json: Json = False) -> None:
    """Say everything that is wrong with a document; exit 1 if anything is. Nothing is recorded."""
    try:
        found = checked(document_of(file))
    except FaultyAgreementError as faulty:
        found_wanting(file.name, faulty.faults, json=json)
    if json:
        print_json({"agreement": found.agreement.id, "faults": []})
    else:
        typer.echo(f"{found.agreement.id} stands.")


@agreement.command("propose")
def propose(
    file: Document,
    actor: As,
    effective_from: Annotated[
        str | None,
        typer.Option("--effective-from", metavar="TIME", help="In force from then, once all have signed; else from the last signature."),
    ] = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Propose a version. It binds nobody until every party that it names has signed."""
    document, since = document_of(file), _time(effective_from)
    person_acts(actor)
    with open_book(database) as book:
        try:
            claim = proposal(document, book.shared().agreed, actor, since, book.clock())
        except RefusedError as error:
            found_wanting(file.name, faults_of(error.refused), json=json)
        append(book, claim, json=json)
        proposed: Any = claim.event
        _tell(book, f"{proposed.name}@{proposed.version}", json=json)


@agreement.command("sign")
def sign(agreement_id: Id, actor: As, json: Json = False, database: Database = DATABASE) -> None:
    """Sign a version for one's own department. With the last signature it is in force, or on its day."""
    person_acts(actor)
    version_named(agreement_id)
    with open_kept_book(database) as book:
        append(book, signature(agreement_id, actor, book.clock()), json=json)
        _tell(book, agreement_id, json=json)


@agreement.command("withdraw")
def withdraw(
    agreement_id: Id,
    actor: As,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Take a version back before it is in force. What held before holds on."""
    person_acts(actor)
    version_named(agreement_id)
    with open_kept_book(database) as book:
        try:
            claim = withdrawal(agreement_id, actor, reason, book.clock())
        except RefusedError as error:
            misused(error.refused.detail)
        append(book, claim, json=json)
        _tell(book, agreement_id, json=json)


@agreement.command("extend")
def extend(
    agreement_id: Id,
    actor: As,
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="The calendar's new last day.")],
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Let the calendar of a version go on. Days that it covers stay as they are."""
    person_acts(actor)
    version_named(agreement_id)
    with open_kept_book(database) as book:
        try:
            claim = extension(agreement_id, book.shared().agreed, until.date(), actor, book.clock())
        except RefusedError as error:
            found_wanting(agreement_id, faults_of(error.refused), json=json)
        append(book, claim, json=json)
        _tell(book, agreement_id, json=json)


@agreement.command("show")
def show(
    agreement_id: Annotated[str | None, typer.Argument(metavar="NAME@VERSION", help="Which version; all of them if none is named.")] = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Show a version as a person would write it again, or how every version stands."""
    with open_kept_book(database) as book:
        agreed, position = book.shared().agreed, book.head().position
        now, disclosure = book.clock(), Disclosure(book.sealing)
        versions = [shown_version(agreed, name, now, disclosure) for name in agreed.versions if agreement_id in (None, name)]
    if agreement_id is None:
        if json:
            print_json({"agreements": versions, "agreement": agreed.at(now).id, "position": position})
        else:
            typer.echo("\n".join(standing(version) for version in versions))
        return
    _held(agreed, agreement_id)
    if json:
        print_json(shown_terms(agreed, agreement_id, now, position, now, disclosure))
    else:
        say(standing(versions[0]))
        typer.echo(write_document(written(agreed.versions[agreement_id].terms)), nl=False)


@agreement.command("diff")
def diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A file, or NAME@VERSION.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="A file, or NAME@VERSION.")],
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Say in words what changes from one version to another; exit 1 if anything does."""
    found = differences(_written(before, database), _written(after, database))
    if json:
        print_json({"before": before, "after": after, "differences": found})
    else:
        typer.echo("\n".join(found) if found else f"{before} and {after} say the same.")
    if found:
        raise typer.Exit(WANTING)


@agreement.command("schema")
def schema() -> None:
    """Print the JSON Schema of a document, for editors."""
    typer.echo(msgspec.json.format(msgspec.json.encode(agreement_schema()), indent=2).decode())


# What the commands share


def _written(name: str, database: str) -> dict[str, Any]:
    """A document of a file, or of a version in the ledger. A file that cannot be read ends the command."""
    path = Path(name)
    if "@" not in name or path.exists():
        try:
            return written(checked(document_of(path)).terms)
        except FaultyAgreementError as faulty:
            found_wanting(path.name, faulty.faults, json=False)
    with open_kept_book(database) as book:
        agreed = book.shared().agreed
    _held(agreed, name)
    return written(agreed.versions[name].terms)


def _held(agreed: Agreements, id: str) -> None:
    if id not in agreed.versions:
        misused(f"The ledger holds no agreement {id}; it holds {', '.join(agreed.versions)}.")


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min  # noqa: DTZ901 - it has no zone, so it is refused like any time without one.
    if at.tzinfo is None:
        misused("--effective-from takes a time with its offset, such as 2026-12-01T00:00:00+09:00.")
    return at.astimezone(UTC)


def _tell(book: Book, id: str, *, json: bool) -> None:
    """How a version stands after an act upon it."""
    agreed, now, disclosure = book.shared().agreed, book.clock(), Disclosure(book.sealing)
    if json:
        print_json(shown_terms(agreed, id, now, book.head().position, now, disclosure))
    else:
        typer.echo(standing(shown_version(agreed, id, now, disclosure)))
