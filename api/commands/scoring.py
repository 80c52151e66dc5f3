"""`tasuki scoring`: write, check, propose and sign what a lead is worth, and score leads by it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.documents import As, append, document_of, faults_of, found_wanting, person_acts, print_json, standing, version_named
from api.commands.options import DATABASE, WANTING, Database, Json, misused, open_kept_book, say
from api.personal import Disclosure
from api.shown_scoring import ShownModel, shown_model, shown_model_terms, shown_models
from domain.scoring import ScoringModel
from domain.scoring_models import SCORING_MODELS
from domain.signed_documents import FaultyDocumentError, Version
from ledger.agreeing import RefusedError
from ledger.book import Book
from ledger.documents import write_document
from ledger.entry import lead_of
from ledger.scoring import Run, score_leads
from ledger.signed_documents import checked, proposal, signature, withdrawal

scoring = typer.Typer(no_args_is_help=True, help="Write, check, propose and sign scoring models, and score leads.")

Document = Annotated[Path, typer.Argument(metavar="FILE", help="A scoring model in YAML.")]
Id = Annotated[str, typer.Argument(metavar="NAME@VERSION", help="A version, such as worth@1.")]


@scoring.command("check")
def check(file: Document, json: Json = False) -> None:
    """Say everything that is wrong with a document; exit 1 if anything is. Nothing is recorded."""
    try:
        model = checked(SCORING_MODELS, document_of(file))
    except FaultyDocumentError as faulty:
        found_wanting(file.name, faulty.faults, json=json)
    if json:
        print_json({"model": model.id, "faults": []})
    else:
        typer.echo(f"{model.id} stands.")


@scoring.command("propose")
def propose(file: Document, actor: As, json: Json = False, database: Database = DATABASE) -> None:
    """Propose a version. It scores nothing until every department that it names has signed."""
    document = document_of(file)
    person_acts(actor)
    with open_kept_book(database) as book:
        try:
            claim = proposal(document, book.shared().scoring, actor, book.clock())
        except RefusedError as error:
            found_wanting(file.name, faults_of(error.refused), json=json)
        append(book, claim, json=json)
        _tell(book, f"{claim.event.name}@{claim.event.version}", json=json)  # type: ignore[union-attr]


@scoring.command("sign")
def sign(model: Id, actor: As, json: Json = False, database: Database = DATABASE) -> None:
    """Sign a version for one's own department. With the last signature it is in force."""
    person_acts(actor)
    version_named(model)
    with open_kept_book(database) as book:
        append(book, signature(SCORING_MODELS, model, actor, book.clock()), json=json)
        _tell(book, model, json=json)


@scoring.command("withdraw")
def withdraw(
    model: Id,
    actor: As,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Take a version back before it is in force."""
    person_acts(actor)
    version_named(model)
    with open_kept_book(database) as book:
        try:
            claim = withdrawal(SCORING_MODELS, model, actor, reason, book.clock())
        except RefusedError as error:
            misused(error.refused.detail)
        append(book, claim, json=json)
        _tell(book, model, json=json)


@scoring.command("show")
def show(
    model: Annotated[str | None, typer.Argument(metavar="NAME@VERSION", help="Which version; all of them if none is named.")] = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Show a version's document, or how every version stands."""
    with open_kept_book(database) as book:
        known, position, now = book.shared().scoring, book.head().position, book.clock()
        disclosure = Disclosure(book.sealing)
        models = shown_models(known, now, position, now, disclosure)
    if model is None:
        if json:
            print_json(models)
        else:
            typer.echo("\n".join(_standing(one) for one in models.models) or "No scoring model is proposed yet.")
        return
    if model not in known.versions:
        held = ", ".join(known.versions) or "none yet"
        misused(f"The ledger holds no scoring model {model}; it holds {held}.")
    if json:
        print_json(shown_model_terms(known, model, now, position, now, disclosure))
    else:
        say(_standing(shown_model(known, model, now, disclosure)))
        typer.echo(write_document(known.versions[model].terms), nl=False)


@scoring.command("run")
def run(
    leads: Annotated[list[str] | None, typer.Argument(metavar="LEAD...", help="Which leads; every open one if none is named.")] = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Score leads by the model in force, and record each score that changed. Exit 1 where one was refused."""
    with open_kept_book(database) as book:
        version = _in_force(book)
        keys = leads or [lead for stream, _ in list(book.store.lead_streams()) if (lead := lead_of(stream)) is not None]
        total = Run(0, 0, ())
        for done in score_leads(book, keys, version.document):
            total = Run(total.looked_at + done.looked_at, total.recorded + done.recorded, (*total.refused, *done.refused))
    if json:
        refused = [{"id": one.id, "detail": one.refused.detail} for one in total.refused]
        print_json({"model": version.id, "looked_at": total.looked_at, "recorded": total.recorded, "refused": refused})
    else:
        typer.echo(f"{version.id}: {total.looked_at} leads looked at, {total.recorded} scores recorded, {len(total.refused)} refused.")
        for one in total.refused:
            say(f"  {one.id}: {one.refused.detail}")
    if total.refused:
        raise typer.Exit(WANTING)


def _in_force(book: Book) -> Version[ScoringModel]:
    """Ends the command where no model is in force."""
    version = book.shared().scoring.in_force_at(book.clock())
    if version is None:
        misused("No scoring model is in force yet: propose one, and let every department that it names sign it.")
    return version


def _tell(book: Book, id: str, *, json: bool) -> None:
    """How a version stands after an act upon it."""
    known, now, disclosure = book.shared().scoring, book.clock(), Disclosure(book.sealing)
    if json:
        print_json(shown_model_terms(known, id, now, book.head().position, now, disclosure))
    else:
        typer.echo(_standing(shown_model(known, id, now, disclosure)))


def _standing(shown: ShownModel) -> str:
    return standing(shown, f"bar {shown.bar}")
