"""An audit trail as a document: its story, then the figures and the records behind it as tables."""

from __future__ import annotations

from collections.abc import Iterator

from api.audit import tables
from api.audit.trail import ShownAudit
from api.documents import Block, Table
from api.stories import Part, WallClock
from domain.agreement import Agreement
from domain.findings import Sentence


def document(audit: ShownAudit, agreement: Agreement) -> Iterator[Block]:
    """The trail block by block. `agreement` says how its zone tells the time."""
    clock = WallClock(agreement)
    title, about, *told = (Part(part.kind, Sentence(part.text.en, part.text.ja)) for part in audit.story)
    known = clock.says(audit.known_at)
    yield title
    yield about
    yield _plain(f"As known {known.en}, at position {audit.position} of the ledger.", f"記録時点 {known.ja}、台帳の位置 {audit.position}。")
    yield _plain(audit.notice.en, audit.notice.ja)
    yield from told
    yield Part("heading", Sentence("The figures behind it", "根拠となる数値"))
    yield from _figures(audit, clock)
    yield Part("heading", Sentence("The records", "記録"))
    yield _plain(
        "In the order of the ledger. What was corrected or retracted stays listed. A record's hash is SHA-256 of a zero byte and the"
        " record's bytes (RFC 6962).",
        "台帳の順に並べています。訂正・取消された記録も残ります。ハッシュは、ゼロバイトと記録のバイト列のSHA-256です（RFC 6962）。",
    )
    yield tables.records(audit.records, clock)


def _plain(english: str, japanese: str) -> Part:
    return Part("plain", Sentence(english, japanese))


def _figures(audit: ShownAudit, clock: WallClock) -> Iterator[Table]:
    """The tables that have something to show."""
    episodes = audit.timeline.episodes
    found = [
        tables.segments([(episode, segment) for episode in episodes for segment in episode.segments], clock),
        tables.handoffs([handoff for episode in episodes for handoff in episode.handoffs], clock),
        tables.clocks([(episode, run) for episode in episodes for run in episode.clocks], clock),
        tables.relays([(episode, run) for episode in episodes for run in episode.relays], clock),
        tables.verdicts([verdict for episode in episodes for verdict in episode.verdicts], clock),
        tables.disputes(audit.disputes, clock),
    ]
    yield from (table for table in found if table.rows)
