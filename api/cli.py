"""`tasuki`: the command line. Exit codes: 0 done, 1 found wanting, 2 used wrongly.

Only the command that is called is imported, so that the rest answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import typer

from api.memory import collect_seldom

COMMANDS = {
    "serve": ("api.commands.serve:serve", "Serve the HTTP API."),
    "demo": ("api.commands.demo:demo", "Fill an empty ledger with a generated company, then serve it."),
    "import": ("api.importers.command:import_", "Import event logs from CSV, XLSX, Parquet, XES or NDJSON."),
    "trace": ("api.importers.trace_command:trace", "Compare files with what the ledger recorded of them."),
    "events": ("api.commands.events:events", "Print the events of the ledger."),
    "rebuild": ("api.commands.rebuild:rebuild", "Build the projections anew from the ledger."),
    "agreement": ("api.commands.agreement:agreement", "Write, check, propose, sign and compare agreements."),
    "content": ("api.commands.content:content", "Register content, ask for it, and see what is wanted."),
    "personas": ("api.commands.personas:personas", "Write, check, propose, correct and sign whom we sell to."),
    "scoring": ("api.commands.scoring:scoring", "Write, check, propose and sign scoring models, and score leads."),
    "what-if": ("api.commands.what_if:what_if", "Compare history under a draft agreement with today's."),
    "audit": ("api.commands.audit:audit", "Tell all that is known of a lead, to check or to print."),
    "changes": ("api.commands.changes:changes", "Tell what an answer changed since, and by which records."),
    "export": ("api.commands.export:export", "Copy the ledger into files for other programs."),
    "replay": ("api.commands.replay:replay", "Fold every lead of an export, on one machine or on many."),
    "erase": ("api.commands.erase:erase", "Erase the personal data about a lead, for good."),
    "subject": ("api.commands.subject:subject", "Print all that is held of a person."),
    "seal": ("api.commands.seal:seal", "The master key under which the keys of personal data are kept."),
    "query": ("api.commands.query:query", "Ask an export in SQL."),
    "checkpoint": ("api.commands.checkpoint:checkpoint", "Sign the ledger's head now, and have it witnessed."),
    "verify": ("api.commands.verify:verify", "Prove that nothing in a ledger was touched."),
    "grant": ("api.commands.grant:grant", "Let a role of PostgreSQL serve a ledger that it does not own."),
    "backup": ("api.commands.backup:backup", "Copy the ledger while it is served, and verify the copy."),
    "restore": ("api.commands.backup:restore", "Put a copy of a ledger in the place of one that is gone."),
    "witness": ("api.commands.witness:witness", "Remember the heads of ledgers, and cosign only what extends them."),
    "keys": ("api.commands.keys:keys", "Make, list and revoke the keys by which programs and people get in."),
    "roles": ("api.commands.roles:roles", "Let people whom the company's identity provider knows act here."),
    "judge": ("api.commands.judge:judge", "Fold scenario files and compare them with what they expect."),
}
"""Each command's function, or the group of commands under it, and its sentence in the help."""


def application(words: Sequence[str]) -> typer.Typer:
    """The commands, of which only the one that the words call is loaded."""
    app = typer.Typer(
        name="tasuki",
        help="A ledger of who holds each sales lead, and of what the departments promised each other.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    called = next((word for word in words if not word.startswith("-")), None)
    for name, (place, sentence) in COMMANDS.items():
        found = _found(place) if name == called else _not_called
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name, help=None if name == called else sentence)(found)
    return app


def _found(place: str) -> Callable[..., Any] | typer.Typer:
    """A command's function, or the group of its commands."""
    module, _, name = place.partition(":")
    found: Callable[..., Any] | typer.Typer = getattr(import_module(module), name)
    return found


def _not_called() -> None:
    """Stands in the help for a command that is not loaded."""


def main() -> None:
    """The entry point."""
    app = application(sys.argv[1:])
    collect_seldom()
    app()


if __name__ == "__main__":
    main()
