"""`tasuki witness`: remember the head of another department's ledger, and cosign only what extends it."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from api.commands.listening import listen
from api.commands.options import Port, misused, say
from api.witness_app import create_witness_app
from ledger.key_file import UnusableKeyError, kept_key
from ledger.notes import LOG, WITNESS, Signer, Verifier, is_name
from ledger.witnessing.witness import Witness

witness = typer.Typer(no_args_is_help=True, help="Remember the heads of ledgers, and cosign only what extends them.")

Name = Annotated[
    str, typer.Option("--name", help="What the witness is called, such as inside-sales.example/witness; used once, for a new key.")
]
KeyFile = Annotated[Path, typer.Option("--key", help="The file of the witness's key; made where there is none.")]
KEY_FILE = Path("witness.key")


@witness.command("key")
def key(name: Name = "witness", file: KeyFile = KEY_FILE) -> None:
    """Print the witness's public key, which the ledger is to be given; a new key is made where there is none."""
    typer.echo(str(_signer(name, file).verifier))


@witness.command("serve")
def serve(
    log: Annotated[
        list[str],
        typer.Option("--log", metavar="KEY", help="The public key of a ledger to watch, as `tasuki checkpoint` says it; may be repeated."),
    ],
    name: Name = "witness",
    file: KeyFile = KEY_FILE,
    state: Annotated[Path, typer.Option("--state", help="The file of what it has seen, and of forks beside it.")] = Path("witness.db"),
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "127.0.0.1",
    port: Port = 8100,
) -> None:
    """Serve a witness until interrupted. It is of use on another machine than the ledger's, in other hands."""
    signer, logs = _signer(name, file), [_log(text) for text in log]
    try:
        watching = Witness(signer, state, {verifier.name: verifier for verifier in logs}, lambda: int(time.time()))
    except sqlite3.Error as error:
        misused(f"--state: {state} cannot be kept ({error}); expected a file of this witness, or a new one in a folder that is there.")
    listening = listen(host, port)
    say(f"The witness {signer.verifier.name} listens on {host}:{listening.getsockname()[1]}; its key is {signer.verifier}.")
    config = uvicorn.Config(create_witness_app(watching), access_log=False, log_level="warning", server_header=False, proxy_headers=False)
    uvicorn.Server(config).run(sockets=[listening])


def _signer(name: str, file: Path) -> Signer:
    if not is_name(name):
        misused("A witness is called without spaces and without a plus, such as inside-sales.example/witness.")
    try:
        return kept_key(file, Signer.new(name, WITNESS))
    except UnusableKeyError as error:
        misused(str(error))


def _log(text: str) -> Verifier:
    try:
        verifier = Verifier.read(text)
    except ValueError as error:
        misused(f"--log: {error}")
    if verifier.type != LOG:
        misused(f"--log: {verifier.name} has a witness's key, not a log's.")
    return verifier
