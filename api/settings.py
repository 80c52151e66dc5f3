"""What can be set from outside, with what holds where nothing is said."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from ledger.key_file import log_key_file
from ledger.opening import place_of
from ledger.sealing.master_key import MasterKeySource
from ledger.witnessing.asking import WitnessAt

DATABASE_VARIABLE = "TASUKI_DATABASE"
READ_DATABASE_VARIABLE = "TASUKI_READ_DATABASE"
LOG_KEY_VARIABLE = "TASUKI_LOG_KEY"
WITNESSES_VARIABLE = "TASUKI_WITNESSES"
DEFAULT_DATABASE = "sqlite:///tasuki.db"


def master_key_source(database: str) -> MasterKeySource:
    """Where the key lies under which the keys of a ledger's personal data are kept, as the environment says it. Raises
    ValueError."""
    return MasterKeySource.of(os.environ, place_of(database).beside)


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Who the identity provider is. `audience` is what tokens of programs are made out to; `client_id` what this service is called
    there, by which people log in; `jwks` a file or an address of its keys, where its description is not to be asked."""

    issuer: str
    audience: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    jwks: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one serving process. Sizes are limits, not buffers: what exceeds them is refused."""

    database: str = DEFAULT_DATABASE
    read_database: str | None = None
    """Where dashboards read the tables: a replica of the database, which may be behind; the database itself if None."""
    body_bytes: int = 1024 * 1024
    """How long a request may be, but for a stream, which has no end to be long."""
    upload_bytes: int = 32 * 1024 * 1024
    """How long a file may be that a page uploads."""
    batch_events: int = 1_000
    """How many events a batch, or a request that is recorded whole, may hold."""
    body_seconds: float = 30.0
    """How long a client may take to send a body, or the next part of a stream."""
    wait_seconds: float = 30.0
    """How long `?wait=true` waits for the projections; the events are recorded all the same."""
    poll_seconds: float = 1.0
    """How often the book is looked at for what other processes have written."""
    heartbeat_seconds: float = 15.0
    """How often a silent event stream says that it is still there."""
    public_url: str = "http://127.0.0.1:8000"
    """Where people reach the service: what the links in notices begin with."""
    allow_private_webhooks: bool = False
    """Whether notices may go to the loopback and to private networks."""
    frame_ancestors: str = "'self'"
    """Which sites may show pages inside theirs (`?embed=1`), as the header Content-Security-Policy names them."""
    log_key: Path | None = None
    """The file of the key that signs the log; beside the database if None."""
    witnesses: tuple[WitnessAt, ...] = ()
    """Who is asked to cosign the log's head."""
    sign_seconds: float = 1.0
    """How often the log's head is signed at most."""
    provider: ProviderSettings | None = None
    """The company's identity provider; without one, keys alone open."""
    requests_per_second: float = 200.0
    """How often a key may ask, on average; twice as often for a moment. A hundred events count as a request."""
    reads_at_once: int = 16
    """How many reads of one key may be under way at once."""
    projects_apart: bool = False
    """Whether a process of its own reads the book for the projections, or a thread of this one."""

    workers: int = 1
    """How many processes serve the ledger together; each gives a key its part of the share."""
    linger_seconds: float = 0.0
    """How long it goes on serving once it is asked to end, while `/health/ready` says 503, so that nobody sends more there."""

    @property
    def is_https(self) -> bool:
        """Whether people reach the service over https, which is ended in front of it."""
        return self.public_url.startswith("https:")

    @property
    def session_key_file(self) -> Path:
        """Where the key lives that signs the cookies of pages: beside the log's."""
        return self.log_key_file.with_suffix(".session-key")

    @property
    def log_key_file(self) -> Path:
        """Where the log's key lives."""
        return self.log_key or log_key_file(place_of(self.database).beside)
