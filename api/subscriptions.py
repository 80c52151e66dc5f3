"""`/v1/subscriptions`: who is told of which promises, where and in which words, and what became of each message."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Header, Path, Query, Request, Response
from msgspec import Meta
from pydantic import Field

from api.appending import appended
from api.bodies import read_terms
from api.exports import answered, listed
from api.knowledge import shown
from api.notifying.addresses import MAX_URL_LENGTH, URL_PATTERN, UnusableAddressError, judged_as_written, target_of
from api.notifying.outbox import Delivery, DeliveryState, Webhook
from api.notifying.wire import SECRET_PREFIX
from api.parameters import Limit, Parameters
from api.problems import ProblemError, malformed, problem_of, refused
from api.security import Asking, Caller
from api.service import Open, Service
from domain import events as e
from domain.access import OWN_SOURCE
from domain.subscriptions import State, Subscription, unknown_parties
from domain.vocabulary import NOTICE_KINDS, Instant, Language, MessageFormat, NoticeKind, moment
from ledger.door import key_fault
from ledger.entry import Claim, Refusal

router = APIRouter(tags=["notices"])
Accept = Annotated[str | None, Header()]
_NAME = "^[a-z0-9][a-z0-9_-]*$"
Name = Annotated[str, Path(min_length=1, max_length=64, pattern=_NAME, description="The subscription's name.", examples=["late-decisions"])]
DeliveryId = Annotated[str, Path(pattern="^msg_[0-9a-f]{32}$", description="The message's `webhook-id`.")]
_Text = Annotated[str, Meta(min_length=1, max_length=e.MAX_KEY_LENGTH)]
SECRET_BYTES = 32


class SubscriptionTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who is told, of what, where. `recipient` is a department or a person (`inside_sales:sato`). `promise`, `promisor`,
    `promisee` and `owner` narrow it; an end-to-end target is told only where `promise` names it."""

    name: Annotated[str, Meta(min_length=1, max_length=64, pattern=_NAME)]
    recipient: _Text
    url: Annotated[str, Meta(max_length=MAX_URL_LENGTH, pattern=URL_PATTERN)]
    notices: Annotated[list[NoticeKind], Meta(min_length=1, max_length=3)] = msgspec.field(default_factory=lambda: list(NOTICE_KINDS))
    format: MessageFormat = "standard"
    language: Language = "en"
    promise: _Text | None = None
    promisor: _Text | None = None
    promisee: _Text | None = None
    owner: _Text | None = None


class DeliveryCounts(msgspec.Struct, frozen=True):
    """How many messages stand in each state."""

    pending: int
    delivered: int
    dead: int


class ShownSubscription(msgspec.Struct, frozen=True):
    """A subscription. Of the receiver's address only the `host` is shown, for the rest may be a secret."""

    name: str
    state: State
    recipient: str
    notices: Sequence[NoticeKind]
    host: str
    format: MessageFormat
    language: Language
    promise: str | None
    promisor: str | None
    promisee: str | None
    owner: str | None
    opened_at: datetime
    closed_because: Literal["removed", "gone"] | None
    deliveries: DeliveryCounts


class OpenedSubscription(msgspec.Struct, frozen=True):
    """A new subscription and its secret, which is shown this once."""

    subscription: ShownSubscription
    secret: str


class ShownSubscriptions(msgspec.Struct, frozen=True):
    """The subscriptions, as known at a position."""

    subscriptions: Sequence[ShownSubscription]
    position: int
    as_of: datetime
    known_at: datetime


class ShownDelivery(msgspec.Struct, frozen=True):
    """A message and what became of it. `id` is the `webhook-id` that every attempt carries; `timestamp` the notice's
    instant; `status` and `note` what the last attempt read back; `body` what was sent."""

    id: str
    state: DeliveryState
    notice: str
    percent: int | None
    lead: str
    promise: str
    instance: int
    timestamp: datetime
    attempts: int
    tried_at: datetime | None
    next_at: datetime | None
    status: int | None
    note: str | None
    body: Mapping[str, Any]


class ShownDeliveries(msgspec.Struct, frozen=True):
    """One page of messages, the latest first; `next` is the cursor of the next page."""

    deliveries: Sequence[ShownDelivery]
    next: str | None


@router.get("/v1/subscriptions", operation_id="list_subscriptions", summary="Who is told of what")
def list_subscriptions(query: Annotated[Parameters, Query()], service: Open, accept: Accept = None) -> Response:
    """Each name's latest subscription, closed ones included."""
    known = service.knowledge.asked(None, None)
    found = service.knowledge.shared(known.position).subscriptions.by_name
    rows = [_shown(service, one) for _, one in sorted(found.items())]
    return listed(accept, ShownSubscriptions(rows, known.position, moment(known.as_of), moment(known.known_at)), rows)


@router.post("/v1/subscriptions", operation_id="open_subscription", summary="Be told of promises")
async def open_subscription(request: Request, service: Open, caller: Asking) -> Response:
    """Recorded in the book, from here on. The address and the secret are kept outside it; the answer alone shows the
    secret."""
    terms = _checked(await read_terms(request, service.settings, SubscriptionTerms))
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    webhook = Webhook(f"wh_{uuid4().hex}", terms.url, secret)
    event = _opened(service, terms, webhook)
    await asyncio.to_thread(service.outbox.keep, webhook)
    try:
        await _record(service, caller, event)
    except ProblemError:
        await asyncio.to_thread(service.outbox.drop, webhook.id)
        raise
    shown_ = await asyncio.to_thread(_shown, service, _named(service, terms.name))
    return answered(OpenedSubscription(shown_, secret), 201, {"Location": f"/v1/subscriptions/{terms.name}"})


@router.get("/v1/subscriptions/{name}", operation_id="get_subscription", summary="One subscription")
def get_subscription(name: Name, service: Open) -> Response:
    """How it stands, and how many messages it has sent."""
    return answered(_shown(service, _named(service, name)))


@router.post("/v1/subscriptions/{name}/pause", operation_id="pause_subscription", summary="Be told nothing for a while")
async def pause_subscription(name: Name, service: Open, caller: Asking) -> Response:
    """What falls due meanwhile is not told later either; what was written before waits. Pausing again changes nothing."""
    return await _moved(service, caller, name, e.SubscriptionPaused(name), "paused")


@router.post("/v1/subscriptions/{name}/resume", operation_id="resume_subscription", summary="Be told again")
async def resume_subscription(name: Name, service: Open, caller: Asking) -> Response:
    """From here on. Resuming what is not paused changes nothing."""
    return await _moved(service, caller, name, e.SubscriptionResumed(name), "active")


@router.delete("/v1/subscriptions/{name}", operation_id="remove_subscription", summary="Be told no more")
async def remove_subscription(name: Name, service: Open, caller: Asking) -> Response:
    """The address and the secret are forgotten, what was still to be sent is given up; the book keeps that there was a
    subscription. Removing it again changes nothing."""
    webhook = _named(service, name).terms.webhook
    await _moved(service, caller, name, e.SubscriptionClosed(name, "removed"), "closed")
    await asyncio.to_thread(service.outbox.drop, webhook)
    return answered(await asyncio.to_thread(_shown, service, _named(service, name)))


# Messages


class DeliveriesQuery(Parameters):
    """Which messages, and which page of them."""

    state: DeliveryState | None = Field(None, description="Only those in this state; `dead` ones were given up.")
    cursor: str = Field("", max_length=100, description="Where the page begins: `next` of the page before.")
    limit: Limit = 100


@router.get("/v1/subscriptions/{name}/deliveries", operation_id="list_deliveries", summary="What was sent, and read back")
def list_deliveries(name: Name, query: Annotated[DeliveriesQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Every message of a subscription, the latest first."""
    webhook = _named(service, name).terms.webhook
    found = service.outbox.deliveries(webhook, query.state, _place(query.cursor), query.limit + 1)
    rows = [_shown_delivery(one) for one in found[: query.limit]]
    cursor = f"{found[query.limit - 1].due_at}.{found[query.limit - 1].id}" if len(found) > query.limit else None
    following = urlencode(query.model_dump(exclude_none=True) | {"cursor": cursor})
    headers = None if cursor is None else {"Link": f'</v1/subscriptions/{name}/deliveries?{following}>; rel="next"'}
    return listed(accept, ShownDeliveries(rows, cursor), rows, headers)


@router.post("/v1/subscriptions/{name}/deliveries/{id}/resend", operation_id="resend_delivery", summary="Try a dead message again")
def resend_delivery(name: Name, id: DeliveryId, service: Open) -> Response:
    """It keeps its `webhook-id`, so a receiver that has it after all drops it."""
    subscription = _named(service, name)
    webhook = subscription.terms.webhook
    if subscription.state == "closed":
        raise refused("protocol", "The subscription is closed; there is no address to send to.")
    resent = service.outbox.send_again(webhook, id, service.book.clock())
    delivery = service.outbox.delivery(webhook, id)
    if delivery is None:
        raise refused("not-found", "The subscription has no such message.")
    if not resent:
        raise refused("protocol", "Only a dead message is sent again; this one is delivered, or still being tried.")
    return answered(_shown_delivery(delivery))


_PLACE = re.compile(r"(-?[0-9]{1,18})\.(msg_[0-9a-f]{32})")


def _place(cursor: str) -> tuple[Instant, str] | None:
    """Where a page begins. Raises ProblemError for a cursor that no page gave."""
    if not cursor:
        return None
    found = _PLACE.fullmatch(cursor)
    if found is None:
        raise refused("malformed", "A cursor is the `next` of the page before.", "/query/cursor")
    return int(found[1]), found[2]


# Acts


def _checked(terms: SubscriptionTerms) -> SubscriptionTerms:
    """The terms asked for, of which every text may stand in the book. Raises ProblemError."""
    texts = ("name", "recipient", "promise", "promisor", "promisee", "owner")
    faults = [(f"/{field}", fault) for field in texts if (value := getattr(terms, field)) and (fault := key_fault(value)) is not None]
    if faults:
        raise ProblemError(malformed(faults))
    return terms


def _opened(service: Service, terms: SubscriptionTerms, webhook: Webhook) -> e.SubscriptionOpened:
    """The event that opens a subscription. Raises ProblemError for an address or a party that cannot be."""
    try:
        target = target_of(terms.url)
        judged_as_written(target, allow_private=service.settings.allow_private_webhooks)
    except UnusableAddressError as error:
        raise refused("invalid", str(error), "/url") from None
    event = e.SubscriptionOpened(
        terms.name,
        terms.recipient,
        tuple(terms.notices),
        webhook.id,
        target.host,
        terms.format,
        terms.language,
        terms.promise,
        terms.promisor,
        terms.promisee,
        terms.owner,
    )
    shared = service.knowledge.shared(service.book.head().position)
    if faults := unknown_parties(event, shared.agreements):
        pointer, sentence = faults[0]
        raise refused("invalid", sentence, pointer)
    return event


async def _moved(service: Service, caller: Caller, name: str, event: e.AnyEvent, state: State) -> Response:
    """The subscription after an act upon it, or as it is where the act would change nothing."""
    if _named(service, name).state != state:
        await _record(service, caller, event)
    return answered(await asyncio.to_thread(_shown, service, _named(service, name)))


async def _record(service: Service, caller: Caller, event: e.AnyEvent) -> None:
    """Records an act upon a subscription. Raises ProblemError where it is refused."""
    claim = Claim(OWN_SOURCE, str(uuid4()), e.SUBSCRIPTIONS, service.book.clock(), caller.person, event)
    answer = (await appended(service, caller, [claim], own_door=True))[0]
    if isinstance(answer, Refusal):
        raise ProblemError(problem_of(answer.refused))


def _named(service: Service, name: str) -> Subscription:
    """The latest subscription of a name. Raises ProblemError."""
    found = service.knowledge.shared(service.book.head().position).subscriptions.by_name.get(name)
    if found is None:
        raise refused("not-found", "There is no subscription of this name.")
    return found


def _shown(service: Service, subscription: Subscription) -> ShownSubscription:
    terms = subscription.terms
    counts = service.outbox.count(terms.webhook)
    return ShownSubscription(
        name=terms.name,
        state=subscription.state,
        recipient=terms.recipient,
        notices=terms.notices,
        host=terms.host,
        format=terms.format,
        language=terms.language,
        promise=terms.promise,
        promisor=terms.promisor,
        promisee=terms.promisee,
        owner=terms.owner,
        opened_at=moment(subscription.opened_at),
        closed_because=subscription.closed_because,
        deliveries=DeliveryCounts(*(counts.get(state, 0) for state in DeliveryCounts.__struct_fields__)),
    )


def _shown_delivery(delivery: Delivery) -> ShownDelivery:
    return ShownDelivery(
        id=delivery.id,
        state=delivery.state,
        notice=delivery.kind,
        percent=delivery.percent,
        lead=delivery.lead,
        promise=delivery.promise,
        instance=delivery.instance,
        timestamp=moment(delivery.due_at),
        attempts=delivery.attempts,
        tried_at=shown(delivery.tried_at),
        next_at=shown(delivery.next_at),
        status=delivery.status,
        note=delivery.note,
        body=msgspec.json.decode(delivery.body),
    )
