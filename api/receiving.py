"""From the bytes of a request to claims: one event in either mode of CloudEvents over HTTP, or a batch of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import msgspec

from api.problems import Problem, ProblemError, malformed, problem, refused
from api.settings import Settings
from domain import events as e
from domain.events import MAX_KEY_LENGTH
from ledger.door import key_fault, read_claim
from ledger.entry import Claim, MalformedError

JSON, EVENT, BATCH, NDJSON = (
    b"application/json",
    b"application/cloudevents+json",
    b"application/cloudevents-batch+json",
    b"application/x-ndjson",
)

_OTHER_DOORS: dict[type[e.Event], str] = {
    e.SourceDeclared: "A source is declared with PUT /v1/sources/{name}.",
    e.AgreementProposed: "An agreement is proposed with POST /v1/agreements, which resolves its holidays.",
    e.SubscriptionOpened: "A subscription is opened with POST /v1/subscriptions, which keeps its secret outside the book.",
    e.SubscriptionPaused: "A subscription is paused with POST /v1/subscriptions/{name}/pause.",
    e.SubscriptionResumed: "A subscription is resumed with POST /v1/subscriptions/{name}/resume.",
    e.SubscriptionClosed: "A subscription is closed with DELETE /v1/subscriptions/{name}.",
    e.ScoringProposed: "A scoring model is proposed with POST /v1/scoring/models, which checks the document.",
    e.PersonasProposed: "A persona document is proposed with POST /v1/personas, which checks it.",
    e.KeyGranted: "A key is granted with POST /v1/keys, which makes its secret.",
    e.KeyRevoked: "A key is revoked with POST /v1/keys/{id}/revoke.",
    e.RoleGranted: "Roles are granted with PUT /v1/roles/{login}.",
    e.RoleRevoked: "Roles are revoked with POST /v1/roles/{login}/revoke.",
    e.SubjectErased: "A lead is erased with POST /v1/leads/{key}/erase, an entry of a shared stream with POST /v1/events/{position}/erase.",
    e.LedgerOpened: "A ledger is opened by the program that fills it, such as `tasuki demo`.",
}


class Unread(NamedTuple):
    """An event that is no claim, why, and its own name as far as it can be told: who sent many finds it again."""

    problem: Problem
    id: str | None = None
    source: str | None = None


class _Named(msgspec.Struct):
    """An event's name, whatever else is wrong with it."""

    id: Any = None
    source: Any = None


def closed_to_clients() -> frozenset[str]:
    """The event types that come through other doors."""
    return frozenset(cls.NAME for cls in _OTHER_DOORS)


def media_type(content_type: bytes) -> bytes:
    """The media type without its parameters. Raises ProblemError for another charset than UTF-8."""
    kind, _, parameters = content_type.lower().partition(b";")
    if b"charset" in parameters and b"utf-8" not in parameters:
        raise refused("media-type", "JSON is sent in UTF-8.", "/header/content-type")
    return kind.strip()


def received(raw: bytes) -> Claim | Unread:
    """The claim of one CloudEvent in JSON, or why there is none."""
    try:
        claim = read_claim(raw)
    except MalformedError as error:
        return _unread(raw, error.faults)
    if (door := _OTHER_DOORS.get(type(claim.event))) is not None:
        return Unread(problem("invalid", door, [("/type", door)]), claim.id, claim.source)
    return claim


def _unread(raw: bytes, faults: Sequence[tuple[str, str]]) -> Unread:
    if not _is_json(raw):
        return Unread(malformed(faults, 400))
    try:
        named = msgspec.json.decode(raw, type=_Named)
    except (msgspec.DecodeError, RecursionError):
        named = _Named()
    faulty = {pointer for pointer, _ in faults}
    id_, source = (None if f"/{name}" in faulty else _harmless(value) for name, value in (("id", named.id), ("source", named.source)))
    return Unread(malformed(faults), id_, source)


def _harmless(value: Any) -> str | None:
    """What may name an event, and so may be told again."""
    return value if isinstance(value, str) and 0 < len(value) <= MAX_KEY_LENGTH and key_fault(value) is None else None


def _is_json(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
        raw.decode()
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return False
    return True


def batch(body: bytes, settings: Settings) -> list[bytes]:
    """The events of a batch, each still as it stands. Raises ProblemError."""
    try:
        events = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise ProblemError(malformed([("", "A JSON array of CloudEvents is expected.")], 422 if _is_json(body) else 400)) from None
    return within_limit([bytes(event) for event in events], settings)


def lines(body: bytes, settings: Settings) -> list[bytes]:
    """The events of NDJSON that is to be recorded whole. Raises ProblemError."""
    return within_limit([line for line in body.split(b"\n") if line.strip()], settings)


def within_limit(events: list[bytes], settings: Settings) -> list[bytes]:
    """Raises ProblemError for none and for too many."""
    if not events:
        raise refused("invalid", "At least one event is expected.", "")
    if len(events) > settings.batch_events:
        raise refused("too-large", f"At most {settings.batch_events} events go together; send more as a stream of application/x-ndjson.")
    return events


def is_binary(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether the event's attributes stand in headers."""
    return any(name.startswith(b"ce-") for name, _ in headers)


def from_headers(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    """The event of binary mode in structured form, so that both are read by the same reader. Raises ProblemError."""
    attributes: dict[str, str] = {}
    for name, value in headers:
        if name.startswith(b"ce-"):
            attribute = name[3:].decode("latin-1")
            if attribute in attributes or attribute == "data":
                raise ProblemError(malformed([(f"/header/ce-{attribute}", "The attribute stands twice.")]))
            attributes[attribute] = _decoded(value, attribute)
    try:
        data = msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise ProblemError(malformed([("/data", "The body is to be the event's data in JSON.")], 400)) from None
    return b"{" + b",".join((msgspec.json.encode(attributes)[1:-1], b'"data":' + bytes(data))) + b"}"


def _decoded(value: bytes, attribute: str) -> str:
    """A header's value, percent-decoded as the HTTP binding of CloudEvents says; quoted or bare."""
    if len(value) > 1 and value[:1] == value[-1:] == b'"':
        value = value[1:-1]
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        raise ProblemError(malformed([(f"/header/ce-{attribute}", "Percent-encoded UTF-8 is expected.")])) from None
