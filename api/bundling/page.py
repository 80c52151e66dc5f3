"""The reader page of a bundle: what is in it and, where it is not too long, the verdicts, the custody and the entries that
they rest on. One page of HTML without a script; nothing in it comes from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape

from api.bundling.manifest import BundleManifest
from api.personal import SEALED
from api.showing import ShownEvent, shown_event
from api.shown_verdicts import ShownVerdict
from api.timelines import ShownTimeline
from api.versions import ShownTerms
from domain.vocabulary import moment
from ledger.notes import cosigned_at_seconds, read_signatures
from ledger.tree_store import KeptCheckpoint

MOST_ENTRIES = 2_000
"""A page of more is no longer read; the members hold them all."""

_HOW_TO_CHECK = (
    "The leaves of the entries and the hashes in tree.txt lead to each of these roots. This page only says so: `tasuki verify FILE"
    " --log KEY --witness KEY` checks it, and all else that stands here, without a connection. Have the keys from whoever owns"
    " them, not with this file."
)

_STYLE = """body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0; width: 100% } caption { text-align: left; font-weight: 600 }
th, td { border-bottom: 1px solid #ccc; padding: .25rem .5rem; text-align: left; vertical-align: top }
td.data, code { font-family: ui-monospace, monospace; font-size: .8rem; overflow-wrap: anywhere } tr:target { background: #fff3c4 }"""


class Page:
    """Takes in what the members write, and keeps as much of it as a page can show."""

    def __init__(self) -> None:
        self.entries = self.leads = 0
        self._events: list[ShownEvent] = []
        self._timelines: list[ShownTimeline] = []
        self._agreements: list[ShownTerms] = []
        self._checkpoints: Sequence[KeptCheckpoint] = ()

    def note_entry(self, blob: bytes) -> None:
        """An entry is in the bundle."""
        self.entries += 1
        if self.entries <= MOST_ENTRIES:
            self._events.append(shown_event(blob, SEALED))

    def note_timeline(self, shown: ShownTimeline) -> None:
        """A lead is in the bundle."""
        self.leads += 1
        if self.is_shown:
            self._timelines.append(shown)

    def note_agreement(self, shown: ShownTerms) -> None:
        """A version of the agreement is in the bundle."""
        self._agreements.append(shown)

    def note_checkpoints(self, checkpoints: Sequence[KeptCheckpoint]) -> None:
        """What the entries are proved against, the narrower first."""
        self._checkpoints = checkpoints

    @property
    def is_shown(self) -> bool:
        """Whether the leads and entries themselves are shown."""
        return self.entries <= MOST_ENTRIES

    def rendered(self, manifest: BundleManifest) -> bytes:
        """The page."""
        return "\n".join(self._parts(manifest)).encode()

    def _parts(self, manifest: BundleManifest) -> Iterator[str]:
        yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Tasuki: audit bundle</title>'
        yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        yield f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>Audit bundle</h1>"
        yield f"<p>{escape(_summary(manifest))}</p>"
        yield _table(
            "What is in it. <code>manifest.json</code> says the same for programs.",
            ("member", "what it is", "bytes", "SHA-256"),
            ((_code(one.path), escape(one.what), f"{one.bytes:,}", _code(one.sha256)) for one in manifest.members),
        )
        yield from self._vouched_for()
        yield _table(
            "Agreements",
            ("version", "state", "in force from", "rules", "signed by"),
            (_agreement(one, manifest.rules[one.agreement]) for one in self._agreements),
        )
        if self.is_shown:
            for timeline in self._timelines:
                yield from _lead(timeline)
            yield _table(
                "Entries",
                ("position", "time", "recorded", "about", "type", "actor", "data", "leaf", "included in what was"),
                ((*_entry(event), self._vouchers(event.position)) for event in self._events),
            )
        else:
            yield f"<p>{manifest.entries:,} entries are more than a page can show; they are in <code>entries.ndjson</code>.</p>"
        yield "</body>\n</html>\n"

    def _vouched_for(self) -> Iterator[str]:
        """The checkpoints, and what they are good for."""
        yield "<h2>Proof</h2>"
        if not self._checkpoints:
            yield "<p>Nothing of the ledger was signed when this was written, so nobody vouches for these entries.</p>"
            return
        yield _table(
            "Signed heads of the ledger's hash tree",
            ("entries", "log", "signed", "cosigned by", "time-stamped by"),
            map(_checkpoint, self._checkpoints),
        )
        yield f"<p>{escape(_HOW_TO_CHECK)}</p>"

    def _vouchers(self, position: int) -> str:
        """The narrowest checkpoint that an entry stands under, and the narrowest that was cosigned."""
        above = [one for one in self._checkpoints if one.size >= position]
        told = [f"signed (of {one.size:,})" for one in above[:1]]
        told += [f"cosigned (of {one.size:,})" for one in above if one.cosignatures][:1]
        return ", ".join(told) or "nothing yet"


def _checkpoint(kept: KeptCheckpoint) -> Sequence[str]:
    signatures = [signature for line in kept.cosignatures for signature in read_signatures(line)]
    witnesses = ", ".join(f"{one.name} ({_time(datetime.fromtimestamp(cosigned_at_seconds(one), UTC))})" for one in signatures)
    stamps = ", ".join(stamp.authority for stamp in kept.timestamps)
    return f"{kept.size:,}", _code(kept.origin), _time(moment(kept.signed_at)), escape(witnesses), escape(stamps)


def _summary(manifest: BundleManifest) -> str:
    chosen = manifest.chosen
    what = "everything the ledger held" if chosen.lead is None else f"the lead {chosen.lead}, with those merged with it"
    if chosen.from_ is not None or chosen.until is not None:
        what += f", as far as something happened from {_time(chosen.from_) or 'the beginning'} until {_time(chosen.until) or 'the end'}"
    held = f"{manifest.entries:,} entries about {manifest.leads:,} lead{'' if manifest.leads == 1 else 's'}"
    when = f"as known at position {manifest.position:,} and as things stood at {_time(manifest.as_of)}"
    tree = f"{manifest.ledger.size:,} leaves and the root {manifest.ledger.root}"
    return f"This is {what}: {held}, {when}. When this was written, the ledger's hash tree had {tree}."


def _agreement(shown: ShownTerms, rules: int) -> Sequence[str]:
    signed = ", ".join(f"{one.department} ({_time(one.at)})" for one in shown.signed)
    return escape(shown.agreement), shown.state, _time(shown.in_force_from), str(rules), escape(signed)


def _lead(timeline: ShownTimeline) -> Iterator[str]:
    yield f"<h2>Lead {escape(timeline.lead)}</h2>"
    for episode in timeline.episodes:
        number = "" if len(timeline.episodes) == 1 else f", run {episode.number}"
        if episode.verdicts:
            yield _table(
                f"Verdicts{number}",
                ("code", "who bears it", "status", "sentence", "entries that show it"),
                map(_verdict, episode.verdicts),
            )
        yield _table(
            f"Custody{number}",
            ("from", "until", "stage", "held by", "next move owed by", "person", "opened by"),
            (
                (
                    _time(one.from_),
                    _time(one.until),
                    *map(escape, (one.stage, one.custodian, one.responsible, one.owner or "")),
                    _link(one.opened_by),
                )
                for one in episode.segments
            ),
        )


def _verdict(verdict: ShownVerdict) -> Sequence[str]:
    shares = ", ".join(f"{party} {percent} %" for party, percent in verdict.shares.items())
    sentence = f'{escape(verdict.sentence.en)}<br><span lang="ja">{escape(verdict.sentence.ja)}</span>'
    evidence = " ".join(_link(position) for position in verdict.evidence)
    return f"{verdict.code} {escape(verdict.name)}", escape(shares), verdict.status, sentence, evidence


def _entry(event: ShownEvent) -> Sequence[str]:
    position = f'<a id="e{event.position}">{event.position}</a>'
    words = (event.subject, event.type, event.actor or "", bytes(event.data).decode())
    return position, _time(event.time), _time(event.recordedat), *map(escape, words), _code(event.leaf)


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _link(position: int) -> str:
    return f'<a href="#e{position}">{position}</a>'


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _time(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%SZ}"
