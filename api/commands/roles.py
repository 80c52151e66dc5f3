"""`tasuki roles`: let people whom the company's identity provider knows act here. Whoever has the database is its
administrator, so nothing is asked here."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
import typer

from api.commands.granting import Reason, grant, refuse
from api.commands.options import DATABASE, Database, Json, misused, open_book, open_kept_book, say
from api.shown_access import ShownRole, shown_role, shown_roles
from domain.access import ROLES
from domain.vocabulary import Role, is_person
from ledger.agreeing import RefusedError
from ledger.granting import login_of, role_grant, role_revocation

roles = typer.Typer(no_args_is_help=True, help="Let people whom the company's identity provider knows act here.")

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="The account, as the login page shows it; with --issuer the subject there.")]
Issuer = Annotated[str | None, typer.Option("--issuer", metavar="URL", help="The identity provider, where LOGIN is the subject there.")]
_LOGIN = re.compile("[0-9a-f]{64}")


@roles.command("grant")
def grant_(
    login: Login,
    person: Annotated[str, typer.Option("--person", metavar="DEPARTMENT:NAME", help="As whom the account acts here.")],
    role: Annotated[list[str], typer.Option("--role", help=f"One of {', '.join(ROLES)}; may be repeated.")],
    issuer: Issuer = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Let an account act as a person in some roles; what it was granted before is replaced."""
    granted = _roles(role)
    if not is_person(person):
        misused("A person is DEPARTMENT:NAME, such as marketing:tanaka.")
    account = _id(login, issuer)
    with open_book(database) as book:
        shared, now = book.shared(), book.clock()
        try:
            claim = role_grant(account, person, granted, shared, None, now)
        except RefusedError as error:
            refuse(error.refused)
        grant(book, [claim])
        made = shown_role(book.shared().access.holders[account], now)
    typer.echo(msgspec.json.encode(made).decode() if json else _line(made))


@roles.command("list")
def list_(json: Json = False, database: Database = DATABASE) -> None:
    """Show every account that was ever granted something."""
    with open_kept_book(database) as book:
        found = shown_roles(book.shared(), book.clock())
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    for one in found:
        typer.echo(_line(one))


@roles.command("revoke")
def revoke(login: Login, reason: Reason, issuer: Issuer = None, database: Database = DATABASE) -> None:
    """Let an account do nothing any more. What it wrote stays."""
    account = _id(login, issuer)
    with open_kept_book(database) as book:
        try:
            grant(book, [role_revocation(account, reason, None, book.clock())])
        except RefusedError as error:
            refuse(error.refused)
    say("The account is revoked. Servers that run notice within a second.")


def _id(login: str, issuer: str | None) -> str:
    """The account's name in the book. Ends the command for anything that is none."""
    if issuer is not None:
        return login_of(issuer, login)
    if _LOGIN.fullmatch(login) is None:
        misused("LOGIN is the 64 letters and digits that the login page shows, or with --issuer the subject at the identity provider.")
    return login


def _roles(named: list[str]) -> list[Role]:
    found = [role for role in ROLES if role in named]
    if len(found) != len(named):
        misused(f"--role takes each of {', '.join(ROLES)} once.")
    return found


def _line(role: ShownRole) -> str:
    revoked = f"; revoked: {role.revoked_because}" if role.revoked_because else ""
    return f"{role.login}  {role.state}  {role.person}  {', '.join(role.scopes)}{revoked}"
