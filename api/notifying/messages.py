"""What receivers read: one notice as Standard Webhooks carry it, or as a message of Slack or Microsoft Teams.

It says the lead's key and the owner as `department:name`, and no more of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

import msgspec

from api.notifying.words import MISSED, WORDS, Words
from domain.agreement import Agreement
from domain.events import SubscriptionOpened
from domain.notices import Notice
from domain.vocabulary import Instant, NoticeKind, moment
from domain.wording import local
from projections.notices import ClockRow


class PromiseNotice(msgspec.Struct, frozen=True):
    """What a notice says. Seconds are in the promise's own unit, business or wall; `percent` is of a warning; `provisional`
    where the agreement is on trial; `sentence` is in the subscription's language."""

    subscription: str
    recipient: str
    notice: NoticeKind
    percent: int | None
    lead: str
    episode: int
    promise: str
    kind: str
    instance: int
    handoff: str | None
    promisor: str
    promisee: str
    owner: str | None
    state: str
    started_at: datetime
    due_at: datetime | None
    allowed_seconds: int | None
    used_seconds: int | None
    agreement: str
    provisional: bool
    sentence: str
    link: str


class PromiseMessage(msgspec.Struct, frozen=True):
    """The body of a Standard Webhook. `timestamp` is the notice's instant: when the promise was warned of, broken, or
    answered late."""

    type: Literal["promise.warned", "promise.breached", "promise.kept_late"]
    timestamp: datetime
    data: PromiseNotice


class Told(NamedTuple):
    """A notice, the clock it is of, and where it stands."""

    row: ClockRow
    notice: Notice
    agreement: Agreement
    provisional: bool


def message(told: Told, terms: SubscriptionOpened, public_url: str) -> bytes:
    """The body of a message in a subscription's form and language."""
    link = f"{public_url.rstrip('/')}/v1/leads/{quote(told.row.lead, safe='')}/timeline"
    match terms.format:
        case "standard":
            return msgspec.json.encode(_standard(told, terms, link))
        case "slack":
            return msgspec.json.encode(slack(_card(told, terms, link)))
        case "teams":
            return msgspec.json.encode(teams(_card(told, terms, link)))


def _standard(told: Told, terms: SubscriptionOpened, link: str) -> PromiseMessage:
    row, notice = told.row, told.notice
    said = PromiseNotice(
        subscription=terms.name,
        recipient=terms.recipient,
        notice=notice.kind,
        percent=notice.percent,
        lead=row.lead,
        episode=row.episode,
        promise=row.promise,
        kind=row.kind,
        instance=row.instance,
        handoff=row.handoff,
        promisor=row.promisor,
        promisee=row.promisee,
        owner=row.owner,
        state=notice.state,
        started_at=moment(row.started_at),
        due_at=None if row.due_at is None else moment(row.due_at),
        allowed_seconds=row.allowed_seconds,
        used_seconds=notice.used_seconds,
        agreement=row.agreement,
        provisional=told.provisional,
        sentence=_Wording(told, WORDS[terms.language], terms).sentence,
        link=link,
    )
    types: Mapping[NoticeKind, Any] = {"warned": "promise.warned", "breached": "promise.breached", "kept_late": "promise.kept_late"}
    return PromiseMessage(types[notice.kind], moment(notice.at), said)


def _card(told: Told, terms: SubscriptionOpened, link: str) -> Card:
    wording = _Wording(told, WORDS[terms.language], terms)
    return Card(wording.title, wording.sentence, wording.facts, wording.words.open_lead, link)


class _Wording:
    """A notice in the words of a language."""

    def __init__(self, told: Told, words: Words, terms: SubscriptionOpened) -> None:
        row, notice = told.row, told.notice
        self.words = words
        title = MISSED[terms.language] if notice.state == "missed" else words.titles[notice.kind].format(percent=notice.percent)
        self.title = title + (words.provisional if told.provisional else "")
        promise = words.kinds.get(row.kind, row.kind)
        promisor, promisee = (words.parties.get(party, party) for party in (row.promisor, row.promisee))
        named = {"title": self.title, "promise": promise, "id": row.promise, "lead": row.lead, "promisor": promisor or terms.recipient}
        self.sentence = words.sentence.format(**named)
        facts = [(words.lead, row.lead), (words.promise, f"{promise} ({row.promise})")]
        if promisor:
            facts += [(words.promisor, promisor), (words.promisee, promisee)]
        facts.append((words.owner, row.owner or words.nobody))
        if row.due_at is not None:
            facts.append((words.due, _local(told.agreement, row.due_at)))
        if row.allowed_seconds is not None and notice.used_seconds is not None:
            both = {"used": _length(words, notice.used_seconds), "allowed": _length(words, row.allowed_seconds)}
            facts.append((words.used, words.of.format(**both)))
        self.facts = facts


def _local(agreement: Agreement, at: Instant) -> str:
    return f"{local(at, agreement):%Y-%m-%d %H:%M} ({agreement.zone})"


def _length(words: Words, seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    parts = [words.hours.format(hours=hours)] if hours else []
    if minutes or not hours:
        parts.append(words.minutes.format(minutes=minutes))
    return " ".join(parts)


_SLACK_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_CARD_ESCAPES = str.maketrans({character: f"\\{character}" for character in "\\[]*`"})


class Card(NamedTuple):
    """What a message in a chat says: a title, a sentence, facts by name, and where the button leads."""

    title: str
    sentence: str
    facts: Sequence[tuple[str, str]]
    button: str
    link: str


_SLACK_HEADER, _SLACK_FIELD, _SLACK_TEXT, _SLACK_FIELDS = 150, 2_000, 3_000, 10
"""Slack refuses a message whose header, field or text is longer (characters), or whose section has more fields."""


def _cut(text: str, most: int) -> str:
    """A text of at most so many characters; one that was cut says so by an ellipsis, and ends in no half of an escape."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    begun = kept.rfind("&")
    return (kept[:begun] if begun > kept.rfind(";") else kept) + "…"


def slack(card: Card) -> dict[str, Any]:
    """A message of an incoming webhook: the sentence for notifications, blocks to read. What is longer than Slack takes is cut; the
    link leads to the whole."""
    facts = [
        {"type": "mrkdwn", "text": _cut(f"*{name}*\n{text.translate(_SLACK_ESCAPES)}", _SLACK_FIELD)}
        for name, text in card.facts[:_SLACK_FIELDS]
    ]
    button = {"type": "button", "text": {"type": "plain_text", "text": card.button}, "url": card.link, "action_id": "open"}
    return {
        "text": _cut(card.sentence.translate(_SLACK_ESCAPES), _SLACK_TEXT),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": _cut(card.title, _SLACK_HEADER)}},
            {"type": "section", "fields": facts},
            {"type": "actions", "elements": [button]},
        ],
    }


def teams(card: Card) -> dict[str, Any]:
    """A message of a Teams workflow: one adaptive card. Its texts are a little Markdown, so a key may hold none."""
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "size": "Medium", "weight": "Bolder", "text": card.title, "wrap": True},
            {"type": "TextBlock", "text": card.sentence.translate(_CARD_ESCAPES), "wrap": True},
            {"type": "FactSet", "facts": [{"title": name, "value": text.translate(_CARD_ESCAPES)} for name, text in card.facts]},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": card.button, "url": card.link}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}
