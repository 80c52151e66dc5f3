"""The book's tables in a schema of PostgreSQL, the triggers that guard them, and what a role needs that only serves.

Text is collated by its bytes, as SQLite does it, so that both give streams and answers in one order. Triggers fire ALWAYS:
also for a superuser who sets `session_replication_role`.
"""

from __future__ import annotations

from ledger.tree_store import KEPT

VERSION_TABLE = "schema_version"
TABLES = (VERSION_TABLE, "entries", "head", *KEPT)
_APPENDED = ("entries", *KEPT)

_CREATED = (
    """CREATE TABLE IF NOT EXISTS {schema}.entries (
        position bigint PRIMARY KEY,
        originator_id text COLLATE "C" NOT NULL,
        originator_version bigint NOT NULL,
        topic text COLLATE "C" NOT NULL,
        state bytea NOT NULL,
        leaf bytea NOT NULL,
        source text COLLATE "C" NOT NULL,
        event_id text COLLATE "C" NOT NULL,
        survivor text COLLATE "C"
    )""",
    "CREATE UNIQUE INDEX IF NOT EXISTS entries_by_stream ON {schema}.entries (originator_id, originator_version)",
    "CREATE UNIQUE INDEX IF NOT EXISTS entries_by_source ON {schema}.entries (source, event_id)",
    "CREATE INDEX IF NOT EXISTS entries_by_survivor ON {schema}.entries (survivor) WHERE survivor IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS {schema}.head (size bigint NOT NULL, recorded_at bigint NOT NULL, frontier bytea NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS head_is_one ON {schema}.head ((true))",
    "INSERT INTO {schema}.head SELECT 0, 0, '' WHERE NOT EXISTS (SELECT FROM {schema}.head)",
    """CREATE TABLE IF NOT EXISTS {schema}.tiles (
        level bigint NOT NULL, number bigint NOT NULL, root bytea NOT NULL, hashes bytea NOT NULL, PRIMARY KEY (level, number)
    )""",
    """CREATE TABLE IF NOT EXISTS {schema}.checkpoints (
        origin text COLLATE "C" NOT NULL, size bigint NOT NULL, signed_at bigint NOT NULL, note text NOT NULL,
        PRIMARY KEY (origin, size)
    )""",
    """CREATE TABLE IF NOT EXISTS {schema}.cosignatures (
        origin text COLLATE "C" NOT NULL, size bigint NOT NULL, witness text COLLATE "C" NOT NULL, line text NOT NULL,
        PRIMARY KEY (origin, size, witness)
    )""",
    """CREATE TABLE IF NOT EXISTS {schema}.timestamps (
        origin text COLLATE "C" NOT NULL, size bigint NOT NULL, authority text COLLATE "C" NOT NULL, response bytea NOT NULL,
        PRIMARY KEY (origin, size, authority)
    )""",
    "CREATE TABLE IF NOT EXISTS {schema}.schema_version (version bigint PRIMARY KEY)",
)

FUNCTIONS = {
    "is_never_done": """
        BEGIN RAISE EXCEPTION '% are never %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END""",
    "next_positions_are_taken": """
        DECLARE first bigint; last bigint; n bigint;
        BEGIN
            SELECT min(position), max(position), count(*) INTO first, last, n FROM inserted;
            IF n > 0 AND (last - first + 1 <> n OR last <> (SELECT max(position) FROM {schema}.entries)
                OR first <> 1 + coalesce((SELECT max(position) FROM {schema}.entries WHERE position < first), 0))
            THEN
                RAISE EXCEPTION 'an entry takes the next position; none is replaced' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NULL;
        END""",
    "never_gets_shorter": """
        BEGIN
            IF NEW.size < OLD.size OR NEW.recorded_at < OLD.recorded_at THEN
                RAISE EXCEPTION 'the book never gets shorter' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END""",
}
"""What the triggers execute, by name."""

_REFUSED = {"updated": ("UPDATE", "changed"), "deleted": ("DELETE", "deleted"), "truncated": ("TRUNCATE", "deleted")}


def _triggers() -> dict[str, tuple[str, str]]:
    made = {
        "entries_are_dense": (
            "entries",
            "AFTER INSERT ON {schema}.entries REFERENCING NEW TABLE AS inserted "
            "FOR EACH STATEMENT EXECUTE FUNCTION {schema}.next_positions_are_taken()",
        ),
        "head_never_gets_shorter": (
            "head",
            "BEFORE UPDATE ON {schema}.head FOR EACH ROW EXECUTE FUNCTION {schema}.never_gets_shorter()",
        ),
    }
    for table in (*_APPENDED, "head"):
        for done, (act, what) in _REFUSED.items():
            if (table, done) != ("head", "updated"):
                made[f"{table}_are_not_{done}"] = (
                    table,
                    f"BEFORE {act} ON {{schema}}.{table} FOR EACH STATEMENT EXECUTE FUNCTION {{schema}}.is_never_done('{what}')",
                )
    return made


TRIGGERS = _triggers()
"""The triggers: the table of each, and what it does."""


def statements(schema: str) -> list[str]:
    """What makes the tables of a ledger in a schema, where they are not there yet."""
    made = [statement.format(schema=schema) for statement in _CREATED]
    for name, body in FUNCTIONS.items():
        told = body.format(schema=schema)
        made.append(f"CREATE OR REPLACE FUNCTION {schema}.{name}() RETURNS trigger LANGUAGE plpgsql AS $body${told}$body$")
    for name, (table, does) in TRIGGERS.items():
        made.append(f"CREATE OR REPLACE TRIGGER {name} {does.format(schema=schema)}")
        made.append(f"ALTER TABLE {schema}.{table} ENABLE ALWAYS TRIGGER {name}")
    return made


def grants(schema: str, role: str) -> list[str]:
    """What lets a role serve a ledger that it does not own: it appends, moves the head on, and keeps read models of its own,
    but cannot change or delete an entry, nor take a trigger away."""
    appended = ", ".join(f"{schema}.{table}" for table in _APPENDED)
    return [
        f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}",
        f"GRANT SELECT, INSERT ON {appended} TO {role}",
        f"GRANT SELECT, UPDATE ON {schema}.head TO {role}",
        f"GRANT SELECT ON {schema}.{VERSION_TABLE} TO {role}",
    ]
