"""The three tables that a replay gives, made from what `/v1/leads/{key}/timeline` shows: the same words, the same figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
import pyarrow as pa

from api.shown_clocks import ShownClock, ShownRelay
from api.shown_verdicts import ShownVerdict
from api.timelines import ShownEpisode
from domain.findings import SUMMARIES
from projections.clocks import RELAY

Row = tuple[Any, ...]

_TIME = pa.timestamp("us", tz="UTC")
_SECONDS_BY_PARTY = pa.map_(pa.string(), pa.int64())
_LEAD = (("lead", pa.string()), ("episode", pa.int64()))

SEGMENTS = pa.schema(
    [
        *_LEAD,
        ("from", _TIME),
        ("until", _TIME),
        ("stage", pa.string()),
        ("custodian", pa.string()),
        ("responsible", pa.string()),
        ("owner", pa.string()),
        ("wall_seconds", pa.int64()),
        ("business_seconds", pa.int64()),
        ("bypass", pa.bool_()),
        ("opened_by", pa.int64()),
    ]
)
CLOCKS = pa.schema(
    [
        *_LEAD,
        ("promise", pa.string()),
        ("kind", pa.string()),
        ("instance", pa.int64()),
        ("promisor", pa.string()),
        ("promisee", pa.string()),
        ("handoff", pa.string()),
        ("state", pa.string()),
        ("provisional", pa.bool_()),
        ("ever_breached", pa.bool_()),
        ("started_at", _TIME),
        ("due_at", _TIME),
        ("stopped_at", _TIME),
        ("ended_at", _TIME),
        ("allowed_seconds", pa.int64()),
        ("used_seconds", pa.int64()),
        ("overrun_seconds", pa.int64()),
        ("started_by", pa.int64()),
        ("stopped_by", pa.int64()),
        ("agreement", pa.string()),
    ]
)
VERDICTS = pa.schema(
    [
        *_LEAD,
        ("id", pa.string()),
        ("code", pa.string()),
        ("name", pa.string()),
        ("status", pa.string()),
        ("summary", pa.bool_()),
        ("shares", _SECONDS_BY_PARTY),
        ("overrun_seconds", _SECONDS_BY_PARTY),
        ("about", pa.string()),
        ("since", _TIME),
        ("evidence", pa.list_(pa.int64())),
        ("disputed_by", pa.int64()),
        ("ruled_by", pa.int64()),
        ("agreement", pa.string()),
        ("rules", pa.int64()),
        ("sentence_en", pa.string()),
        ("sentence_ja", pa.string()),
    ]
)


def _segments(episode: ShownEpisode) -> Iterator[Row]:
    for segment in episode.segments:
        yield msgspec.structs.astuple(segment)


def _clocks(episode: ShownEpisode) -> Iterator[Row]:
    yield from map(_clock, episode.clocks)
    yield from map(_relay, episode.relays)


def _clock(clock: ShownClock) -> Row:
    return (clock.promise, clock.kind, clock.instance, clock.promisor, clock.promisee, *_common(clock, clock.ended_at))


def _relay(relay: ShownRelay) -> Row:
    """An end-to-end target beside the promises: it is nobody's alone."""
    return (relay.relay, RELAY, relay.instance, None, None, *_common(relay, None))


def _common(clock: ShownClock | ShownRelay, ended_at: object) -> Row:
    return (
        clock.handoff,
        clock.state,
        clock.provisional,
        clock.ever_breached,
        clock.started_at,
        clock.due_at,
        clock.stopped_at,
        ended_at,
        clock.allowed_seconds,
        clock.used_seconds,
        clock.overrun_seconds,
        clock.started_by,
        clock.stopped_by,
        clock.agreement,
    )


def _verdicts(episode: ShownEpisode) -> Iterator[Row]:
    yield from map(_verdict, episode.verdicts)


def _verdict(verdict: ShownVerdict) -> Row:
    return (
        verdict.id,
        verdict.code,
        verdict.name,
        verdict.status,
        verdict.code in SUMMARIES,
        list(verdict.shares.items()),
        list(verdict.overrun_seconds.items()),
        msgspec.json.encode(verdict.about, order="sorted").decode(),
        verdict.since,
        verdict.evidence,
        verdict.disputed_by,
        verdict.ruled_by,
        verdict.agreement,
        verdict.rules,
        verdict.sentence.en,
        verdict.sentence.ja,
    )


Rows = Callable[[ShownEpisode], Iterator[Row]]
TABLES: Mapping[str, tuple[pa.Schema, Rows]] = {
    "segments": (SEGMENTS, _segments),
    "clocks": (CLOCKS, _clocks),
    "verdicts": (VERDICTS, _verdicts),
}
