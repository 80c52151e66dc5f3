"""Who of several processes reads the book for the read models: whoever holds the lease.

It is a row with a deadline by the database's clock. A worker that is killed, stopped, or on a machine that is gone, renews it no
more, and another takes over. The lease keeps workers from doing the same twice in vain; that nothing counts twice is made sure by the
position, which moves in the transaction that writes the rows and from where the writer took it to be.
"""

from __future__ import annotations

from time import monotonic
from uuid import uuid4

from projections.read_store import LEASES, ReadStore

LEASE_SECONDS = 4
"""How long a worker that is not heard of keeps others waiting. A batch may take longer: then two read it, and one of them in vain."""
_RENEWED_SECONDS = 1.0
_TAKE = f"""INSERT INTO {LEASES.name} VALUES (?, ?, clock_timestamp() + make_interval(secs => ?))
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE {LEASES.name}.holder = excluded.holder OR {LEASES.name}.until < clock_timestamp() RETURNING holder"""
_GIVE_BACK = f"DELETE FROM {LEASES.name} WHERE name = ? AND holder = ?"


class Lease:
    """One worker's claim to what is named. On SQLite, where one process serves a file, it is always held."""

    def __init__(self, store: ReadStore, name: str) -> None:
        self._store, self._name, self._holder = store, name, uuid4().hex
        self._renewed: float | None = None
        """When it was last taken or renewed; None while another holds it."""

    def take(self) -> bool:
        """Takes or renews it; False while another holds it."""
        if not self._store.is_shared:
            return True
        begun = monotonic()
        if self._renewed is None or begun - self._renewed >= _RENEWED_SECONDS:
            with self._store.writing() as connection:
                values = (self._name, self._holder, LEASE_SECONDS)
                taken = connection.exec_driver_sql(self._store.marked(_TAKE), values).first() is not None
            self._renewed = begun if taken else None
        return self._renewed is not None

    def give_back(self) -> None:
        """Lets another take it at once."""
        if self._renewed is not None:
            self._renewed = None
            with self._store.writing() as connection:
                connection.exec_driver_sql(self._store.marked(_GIVE_BACK), (self._name, self._holder))
