"""Where a ledger is in PostgreSQL, as a URL says it, and how it is connected to."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import psycopg
from eventsourcing.persistence import OperationalError
from psycopg.conninfo import conninfo_to_dict

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,47}")
LOCK_TIMEOUT_SECONDS = 30
IDLE_SECONDS = 60
"""How long a transaction may stand idle: the database gives back what a process holds that was stopped, or whose machine is gone."""
_SESSION = f"-c lock_timeout={LOCK_TIMEOUT_SECONDS}s -c idle_in_transaction_session_timeout={IDLE_SECONDS}s -c jit=off"
_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""A machine that is gone is noticed within a minute."""


class Address:
    """A schema in a database. Raises ValueError for a URL that names none."""

    def __init__(self, url: str) -> None:
        server, _, query = url.partition("?")
        asked = parse_qsl(query, keep_blank_values=True)
        schemas = [value for name, value in asked if name == "schema"]
        self.schema = schemas[-1] if schemas else None
        """None where the database's own search path says it."""
        if self.schema is not None and not _SCHEMA.fullmatch(self.schema):
            raise ValueError("A schema is named by small letters, digits and underscores, such as ?schema=sales_leads.")
        rest = urlencode([pair for pair in asked if pair[0] != "schema"], quote_via=quote)
        try:
            said = conninfo_to_dict(f"{server}?{rest}")
        except psycopg.ProgrammingError as error:
            raise ValueError(f"The database's URL cannot be read: {str(error).strip()}.") from None
        path = f" -c search_path={self.schema}" if self.schema is not None else ""
        self.parameters: dict[str, Any] = {
            "application_name": "tasuki",
            "connect_timeout": 10,
            "client_encoding": "utf8",
            **_ALIVE,
            **said,
            "options": f"{_SESSION}{path} {said.get('options', '')}".strip(),
        }
        """What a connection is made with."""
        self.database = str(said.get("dbname") or said.get("user") or "default")
        host = f"{said['host']}/" if said.get("host") else ""
        self.name = f"postgresql://{host}{self.database}{f'?schema={self.schema}' if self.schema else ''}"
        """What it is called in sentences: without a user and a password."""

    def connect(self) -> psycopg.Connection[Any]:
        """A connection that commits each statement by itself. Raises OperationalError."""
        try:
            return psycopg.connect(**self.parameters, autocommit=True)
        except psycopg.Error as error:
            raise OperationalError(str(error)) from error
