"""The words of messages, in English and Japanese; the same that screens and documents use."""

from __future__ import annotations

from typing import NamedTuple

from api.words import PROMISES
from domain.the_model import THE_MODEL
from domain.vocabulary import OPERATIONS, Language, NoticeKind
from domain.wording import party

_PARTIES = (*(THE_MODEL.departments or ()), OPERATIONS)


class Words(NamedTuple):
    """One language's words. What a table lacks (a department of a company's own) is said as it is called."""

    titles: dict[NoticeKind, str]
    kinds: dict[str, str]
    parties: dict[str, str]
    lead: str
    promise: str
    promisor: str
    promisee: str
    owner: str
    due: str
    used: str
    of: str
    nobody: str
    provisional: str
    open_lead: str
    hours: str
    minutes: str
    sentence: str


WORDS: dict[Language, Words] = {
    "en": Words(
        titles={"warned": "Due soon ({percent} % used)", "breached": "Overdue", "kept_late": "Answered late"},
        kinds={name: said.en for name, said in PROMISES.items()},
        parties={name: party(name).en for name in _PARTIES},
        lead="Lead",
        promise="Promise",
        promisor="Promised by",
        promisee="To",
        owner="Owner",
        due="Due",
        used="Used",
        of="{used} of {allowed}",
        nobody="nobody",
        provisional=" (trial)",
        open_lead="Open the timeline",
        hours="{hours} h",
        minutes="{minutes} min",
        sentence="{title}: {promise} ({id}) of lead {lead}, promised by {promisor}",
    ),
    "ja": Words(
        titles={"warned": "期限接近（{percent}％経過）", "breached": "期限超過", "kept_late": "期限後対応"},
        kinds={name: said.ja for name, said in PROMISES.items()},
        parties={name: party(name).ja for name in _PARTIES},
        lead="リード",
        promise="約束",
        promisor="約束した部門",
        promisee="約束の相手",
        owner="担当者",
        due="期限",
        used="使用時間",
        of="{used}／{allowed}",
        nobody="未割り当て",
        provisional="（試算）",
        open_lead="タイムラインを開く",
        hours="{hours}時間",
        minutes="{minutes}分",
        sentence="{title}：リード {lead} の{promise}（{id}）、{promisor}",
    ),
}
MISSED: dict[Language, str] = {"en": "Missed", "ja": "未達"}
"""The title of a breach that is settled as it happens: judged at once, or ended by silence. Nothing waits there any more."""
