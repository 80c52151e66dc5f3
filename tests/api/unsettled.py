"""A generated company whose past goes on being told: beside what happens next, old records are corrected and taken back, calls
are written down late, leads merged, agreements proposed and signed."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from api.demo.generate import generate
from domain import events as e
from domain.agreements import bound_by
from domain.personal import changed, subject_of
from domain.the_model import TERMS
from domain.vocabulary import SECOND, Instant, instant, moment
from ledger.agreeing import proposal, signature
from ledger.book import Book
from ledger.codec import decode, recorded
from ledger.entry import Claim
from ledger.opening import place_of
from ledger.store import line_of
from ledger.terms import written

END = instant(datetime(2025, 6, 30, tzinfo=UTC))
"""The company's history is over by then, so that a server takes it for history."""
_COMMITS = 200
"""How many commits go into one transaction."""
_AGREEMENTS = 3
"""How many versions of an agreement are proposed while the past is told anew."""


class Unsettled:
    """A book that is filled with the first events of a company, and later with the next ones."""

    def __init__(self, folder: Path, r: random.Random, first: int, later: int) -> None:
        self.url = f"sqlite:///{folder / 'unsettled.db'}"
        self.book = Book.open(self.url)
        self._r, self._later, self._ids = r, later, 0
        self._commits = generate((first + later) // 7, r.randint(0, 10**6), END)
        self._append(first, lambda _: [])
        self.known = self.book.head().position
        """The end of what was known at first."""

    def go_on(self) -> None:
        """Records what happens later, and tells the past anew in between."""
        for _ in range(_AGREEMENTS):
            self._append(self._later // _AGREEMENTS, self._told_anew)
            self._agree()

    def _append(self, events: int, beside: Callable[[Instant], Sequence[Claim]]) -> None:
        """Appends the company's next commits, and what comes beside each, until so many events are recorded."""
        until = self.book.head().position + events
        while self.book.head().position < until and (commits := list(islice(self._commits, min(_COMMITS, events // 5)))):
            groups = [group for at, claims in commits for group in ((at, claims), (at + 1, beside(at))) if group[1]]
            self.book.append_groups(groups)

    def _told_anew(self, now: Instant) -> Sequence[Claim]:
        """Something about a record of what was known at first."""
        r = self._r
        found = self.book.entry(r.randint(1, self.known))
        assert found is not None
        act = recorded(found[0])
        if act.lead is None or r.random() < 0.5:
            return []
        self._ids += 1
        other = self.book.entry(r.randint(1, self.known))
        stream = act.lead if other is None or other[0].stream == found[0].stream else other[0].stream.removeprefix("lead/")
        anew: tuple[e.AnyEvent, ...] = (
            e.RecordRetracted(act.position, "x"),
            e.RecordCorrected(act.position, "x", e.Replacement(self._as_said(act), act.occurred_at - 3_600 * SECOND, act.actor)),
            e.ActivityLogged("call", "outbound", outcome=r.choice(("connected", "no_answer")), captured=r.choice((None, "machine"))),
            e.ActivityLogged("email", "inbound", outcome="replied"),
            e.LeadProfiled(channel=r.choice(("web", "fair")), region="north"),
            *((e.LeadMerged(stream),) if r.random() < 0.2 else ()),
        )
        event = r.choice(anew)
        is_about_records = isinstance(event, e.RecordRetracted | e.RecordCorrected | e.LeadMerged)
        occurred_at = now if is_about_records else min(now, act.occurred_at + r.choice((60, 3_600, 86_400)) * SECOND)
        source = r.choice((found[0].source, "desk"))
        return [Claim(source, f"anew-{self._ids}", act.lead, occurred_at, act.actor or "marketing:desk", event)]

    def _as_said(self, act: e.Recorded) -> e.AnyEvent:
        """An event as a client says it again: what is personal in the clear."""
        opener, subject = self.book.sealing.opener(), subject_of(act.lead, act.position)

        def opened(pointer: str, held: str | e.Sealed) -> str:
            text = opener.opened(held, subject, act.position, pointer)
            assert isinstance(text, str)
            return text

        return changed(act.event, opened)

    def _agree(self) -> None:
        """Proposes the terms again with another time to decide, and signs them for all."""
        now, agreed = instant(self.book.entries(self.book.head().position - 1).__next__().recorded_at) + 1, self.book.shared().agreed
        version = 1 + sum(name.startswith("ours@") for name in agreed.versions)
        minutes = self._r.choice((30, 60, 120, 240))
        promises = [row | {"within": {"business_minutes": minutes}} if row["id"] == "decide.mql" else row for row in TERMS["promises"]]
        document = {**written(TERMS), "name": "ours", "version": version, "promises": promises, "relays": []}
        self.book.append_groups([(now, [proposal(document, agreed, "marketing:tanaka", None, now)])])
        proposed = self.book.shared().agreed.versions[f"ours@{version}"]
        self.book.append_groups([(now + 1, [signature(proposed.id, f"{party}:head", now) for party in bound_by(proposed.agreement)])])

    def copied(self, folder: Path) -> str:
        """The address of another database with the same entries and keys, of which nothing is folded yet."""
        return self.copied_to(f"sqlite:///{folder / 'copied.db'}")

    def copied_to(self, url: str) -> str:
        """The address of an empty database, once it has the same entries and keys."""
        with Book.open(url) as book, book.store.writing() as writer:
            lines = [line_of(decode(blob), blob) for _, blob in self.book.store.blobs(0, 10**9)]
            writer.append(lines, writer.head().frontier, self.book.head().recorded_at)
        for name in ("master-key", "personal-keys", "personal-keys-wal"):
            if (file := Path(f"{place_of(self.url).beside}.{name}")).exists():
                shutil.copy(file, f"{place_of(url).beside}.{name}")
        return url


def time(r: random.Random, since: Instant, until: Instant) -> str:
    """A random time as addresses have it."""
    return moment(r.randint(since, until)).isoformat().replace("+00:00", "Z")
