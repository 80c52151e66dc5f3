"""`tasuki serve`: the pages and the HTTP API; open on the loopback until the first key is made."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer
import uvicorn

from api import tracing
from api.access.guard import is_loopback
from api.app import Application, create_app
from api.commands.listening import listen
from api.commands.options import (
    DATABASE,
    Database,
    Host,
    LogKey,
    Port,
    Witnesses,
    misused,
    open_book,
    open_kept_book,
    opened_log,
    read_witnesses,
    say,
)
from api.commands.providers import Audience, ClientId, ClientSecret, Issuer, Jwks, provider_of
from api.commands.witnessed import sign_and_witness
from api.commands.workers import Work, work_together
from api.logs import configure
from api.memory import collect_seldom
from api.protocol import OnePacketProtocol
from api.service import Service
from api.settings import READ_DATABASE_VARIABLE, Settings
from ledger.opening import place_of
from ledger.postgres import PostgresPlace

DRAIN_SECONDS = 15
"""How long requests under way may take to be answered once it is asked to end."""
CLOSE_SECONDS = 20
"""How long what is in line, the projections and the notices may take to end behind them."""
CONNECTIONS = 2_000
"""How many may be open at once; who comes then is told to come later (503)."""


class Server(uvicorn.Server):
    """Ends event streams before it waits for connections to close: they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, app: Application) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Requests under way are answered, new ones are not taken."""
        service: Service = self._app.state.service
        service.ending.set()
        await asyncio.sleep(service.settings.linger_seconds)
        service.tail.close()
        await super().shutdown(sockets)


PublicUrl = Annotated[str | None, typer.Option("--public-url", help="Where people reach it, for links in notices; else where it listens.")]
AllowPrivate = Annotated[bool, typer.Option("--allow-private-webhooks", help="Let notices go to this machine and to private networks.")]


RateLimit = Annotated[
    float,
    typer.Option(
        "--rate-limit", min=1, max=1_000_000, help="How many requests a second one key may ask on average; 100 events count as one."
    ),
]

ReadDatabase = Annotated[
    str | None,
    typer.Option("--read-database", envvar=READ_DATABASE_VARIABLE, help="A replica of the database, by which dashboards are answered."),
]
Workers = Annotated[
    int, typer.Option("--workers", min=1, max=64, help="How many processes serve together behind one socket (on PostgreSQL).")
]
Linger = Annotated[
    float,
    typer.Option(
        "--linger", min=0, max=300, help="How many seconds it serves on when it is asked to end, while /health/ready says 503 already."
    ),
]
FrameAncestors = Annotated[
    str, typer.Option("--frame-ancestors", metavar="SITES", help="Sites that may show pages inside theirs (`?embed=1`), as in a CSP.")
]


def serve(
    database: Database = DATABASE,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    public_url: PublicUrl = None,
    allow_private_webhooks: AllowPrivate = False,
    frame_ancestors: FrameAncestors = "'self'",
    rate_limit: RateLimit = 200,
    oidc_issuer: Issuer = None,
    oidc_audience: Audience = None,
    oidc_client_id: ClientId = None,
    oidc_client_secret: ClientSecret = None,
    oidc_jwks: Jwks = None,
    log_key: LogKey = None,
    witness: Witnesses = None,
    read_database: ReadDatabase = None,
    workers: Workers = 1,
    linger: Linger = 0,
) -> None:
    """Serve the dashboards and the HTTP API until interrupted, tell subscribers of promises, sign the log and have it witnessed.

    It does not start on a ledger that does not extend its last witnessed head."""
    settings = Settings(
        database=database,
        public_url=public_url or "",
        allow_private_webhooks=allow_private_webhooks,
        frame_ancestors=frame_ancestors,
        requests_per_second=rate_limit,
        provider=provider_of(oidc_issuer, oidc_audience, oidc_client_id, oidc_client_secret, oidc_jwks),
        log_key=log_key,
        witnesses=read_witnesses(witness),
        read_database=_readable(read_database),
        workers=_possible(workers, database),
        linger_seconds=linger,
    )
    run(settings, host, port)


def run(settings: Settings, host: str, port: int) -> None:
    """Serves a ledger that is what was witnessed of it; links begin with where it listens, unless the settings say
    otherwise."""
    with open_book(settings.database) as book:
        sign_and_witness(*opened_log(book, settings.database, settings.log_key), settings.witnesses)
        is_open = settings.provider is None and book.shared().access.is_open
    if is_open and not is_loopback(host):
        misused(
            f"Without keys the API is open to everybody who can reach it, so it listens on the loopback only, not on {host}; "
            "make one with `tasuki keys create`."
        )
    listening = listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listening.getsockname()[1]}"
    how = "it runs open, without keys, on this machine only" if is_open else "nobody gets in without a key"
    say(f"Tasuki serves {place_of(settings.database).name} on {address}; {how}.")
    configure()
    try:
        tracing.configure()
    except tracing.LackingError as error:
        misused(str(error))
    work = partial(_serve_on, replace(settings, projects_apart=True, public_url=settings.public_url or address))
    if settings.workers == 1:
        work(listening)
    else:
        work_together(partial(_begun, work), settings.workers, listening, settings.linger_seconds + DRAIN_SECONDS + CLOSE_SECONDS)


def _begun(work: Work, listening: socket.socket) -> None:
    """What a process of several does first: the same as the command did."""
    configure()
    tracing.configure()
    collect_seldom()
    work(listening)


def _serve_on(settings: Settings, listening: socket.socket) -> None:
    """Serves until it is asked to end."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        loop="auto",
        http=OnePacketProtocol,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=20,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    Server(config, app).run(sockets=[listening])


def _possible(workers: int, database: str) -> int:
    """How many processes are to serve. Ends the command where a ledger is not for several."""
    if workers > 1 and not isinstance(place_of(database), PostgresPlace):
        misused(
            "One process writes to a ledger in a file, so --workers is for PostgreSQL; leave it out, or keep the ledger there "
            "(docs/how-to/run-on-postgresql.md)."
        )
    return workers


def _readable(database: str | None) -> str | None:
    """A replica that answers and holds a ledger. Ends the command where it does not."""
    if database is not None:
        open_kept_book(database, read_only=True).close()
    return database
