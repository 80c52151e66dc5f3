"""The tables of an audit trail: segments, handoffs, clocks, verdicts, disputes, and every record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from api.audit.trail import ShownDispute, ShownRecord
from api.documents import Cell, CellKind, Table
from api.exports import flattened
from api.showing import ShownEvent
from api.shown_clocks import ShownClock, ShownRelay
from api.shown_verdicts import ShownVerdict
from api.stories import WallClock
from api.timelines import ShownEpisode, ShownHandoff, ShownSegment
from api.words import (
    CLOCK_STATES,
    DISPUTE_STATES,
    HANDOFF_STATES,
    MARKS,
    PROMISES,
    STAGES,
    VERDICT_STATES,
    WITHHELD,
    code_word,
    event_word,
    word,
)
from domain.findings import Sentence
from domain.wording import length, party, shares

_NOTHING = Sentence("", "")


def _table(caption: tuple[str, str], columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Cell]]) -> Table:
    return Table(Sentence(*caption), [Sentence(*column) for column in columns], list(rows))


def _same(text: object, kind: CellKind = "text") -> Cell:
    """What reads the same in both languages."""
    told = "" if text is None else str(text)
    return Cell(Sentence(told, told), kind)


def _time(at: datetime | None, clock: WallClock) -> Cell:
    return Cell(_NOTHING if at is None else clock.says(at))


def _seconds(seconds: int | None) -> Cell:
    return Cell(_NOTHING if seconds is None else length(seconds), "number")


def _positions(*positions: int | None) -> Cell:
    return _same(", ".join(str(position) for position in dict.fromkeys(positions) if position is not None), "positions")


def _party(name: str | None) -> Cell:
    return Cell(_NOTHING if name is None else party(name))


def _from_to(giver: str, receiver: str) -> Cell:
    """`Marketing → Inside sales`."""
    return Cell(Sentence(f"{party(giver).en} → {party(receiver).en}", f"{party(giver).ja}→{party(receiver).ja}"))


_EPISODE = ("Episode", "エピソード")
_STATE = ("State", "状態")
_DUE = ("Due", "期限")
_OVER = ("Over", "超過")
_AGREEMENT = ("Agreement", "部門間SLA")


def segments(rows: Sequence[tuple[ShownEpisode, ShownSegment]], clock: WallClock) -> Table:
    """Who held the lead, and who owed the next move."""
    columns = [
        _EPISODE, ("From", "開始"), ("Until", "終了"), ("Stage", "ステージ"), ("Custodian", "保有部門"), ("Next move", "次の対応部門"),
        ("Owner", "担当者"), ("Business time", "営業時間"), ("Wall clock", "実時間"), ("Opened by", "開始した記録"),
    ]  # fmt: skip
    return _table(
        ("Segments: who held the lead, and who owed the next move", "区間：保有部門と次の対応部門"),
        columns,
        (
            (
                _same(episode.number),
                _time(segment.from_, clock),
                _time(segment.until, clock),
                Cell(_stage(segment)),
                _party(segment.custodian),
                _party(segment.responsible),
                _same(segment.owner),
                _seconds(segment.business_seconds),
                _seconds(segment.wall_seconds),
                _positions(segment.opened_by),
            )
            for episode, segment in rows
        ),
    )


def _stage(segment: ShownSegment) -> Sentence:
    stage, bypass = word(STAGES, segment.stage), MARKS["bypass"]
    return Sentence(f"{stage.en}, {bypass.en}", f"{stage.ja}、{bypass.ja}") if segment.bypass else stage


def handoffs(rows: Sequence[ShownHandoff], clock: WallClock) -> Table:
    """What was offered, and what became of it."""
    columns = [
        ("Handoff", "引き継ぎ"), ("At", "段階"), ("Whose", "部門"), ("What became of it", "結果"), ("Offered", "依頼"),
        ("Answered", "回答"), ("Record", "記録"),
    ]  # fmt: skip
    return _table(
        ("Handoffs", "引き継ぎ"),
        columns,
        (
            (
                _same(one.handoff),
                Cell(word(STAGES, one.leg)),
                _from_to(one.from_, one.to),
                Cell(word(HANDOFF_STATES, one.state)),
                _time(one.offered_at, clock),
                _time(one.answered_at, clock),
                _positions(one.opened_by),
            )
            for one in rows
        ),
    )


def clocks(rows: Sequence[tuple[ShownEpisode, ShownClock]], clock: WallClock) -> Table:
    """The clocks of the promises."""
    columns = [
        ("Promise", "約束"), _EPISODE, ("What", "内容"), ("Whose", "部門"), _STATE, ("Started", "開始"), _DUE, ("Stopped", "停止"),
        ("Used", "使用"), ("Allowed", "許容"), _OVER, ("Pauses", "保留"), ("Records", "記録"), _AGREEMENT,
    ]  # fmt: skip
    return _table(
        ("Clocks of the promises", "約束のSLAタイマー"),
        columns,
        (
            (
                _same(f"{run.promise}#{run.instance}"),
                _same(episode.number),
                Cell(word(PROMISES, run.kind)),
                _from_to(run.promisor, run.promisee),
                Cell(_run_state(run)),
                _time(run.started_at, clock),
                _time(run.due_at, clock),
                _time(run.stopped_at, clock),
                _seconds(run.used_seconds),
                _seconds(run.allowed_seconds),
                _seconds(run.overrun_seconds or None),
                Cell(_pauses(run, clock)),
                _positions(run.started_by, run.stopped_by),
                _same(run.agreement),
            )
            for episode, run in rows
        ),
    )


def _run_state(run: ShownClock | ShownRelay) -> Sentence:
    state, trial = word(CLOCK_STATES, run.state), VERDICT_STATES["provisional"]
    return Sentence(f"{state.en} ({trial.en})", f"{state.ja}・{trial.ja}") if run.provisional else state


def _pauses(run: ShownClock, clock: WallClock) -> Sentence:
    told = [clock.span(pause.from_, pause.until) for pause in run.pauses]
    return Sentence("\n".join(one.en for one in told), "\n".join(one.ja for one in told))


def relays(rows: Sequence[tuple[ShownEpisode, ShownRelay]], clock: WallClock) -> Table:
    """The end-to-end targets."""
    columns = [
        ("End to end", "全体期限"), _EPISODE, _STATE, ("Started", "開始"), _DUE, ("Stopped", "停止"), ("Used", "使用"), ("Allowed", "許容"),
        _OVER, ("Parts", "内訳"), _AGREEMENT,
    ]  # fmt: skip
    return _table(
        ("End-to-end targets", "全体期限"),
        columns,
        (
            (
                _same(f"{run.relay}#{run.instance}"),
                _same(episode.number),
                Cell(_run_state(run)),
                _time(run.started_at, clock),
                _time(run.due_at, clock),
                _time(run.stopped_at, clock),
                _seconds(run.used_seconds),
                _seconds(run.allowed_seconds),
                _seconds(run.overrun_seconds or None),
                Cell(_parts(run)),
                _same(run.agreement),
            )
            for episode, run in rows
        ),
    )


def _parts(run: ShownRelay) -> Sentence:
    """What each leg used of its budget."""
    english, japanese = [], []
    for leg in run.legs:
        if leg.used_seconds is not None and leg.budget_seconds is not None:
            used, budget = length(leg.used_seconds), length(leg.budget_seconds)
            english.append(f"{leg.leg}, {party(leg.party).en}: {used.en} of {budget.en}")
            japanese.append(f"{leg.leg}、{party(leg.party).ja}：{budget.ja}中{used.ja}")
    return Sentence("\n".join(english), "\n".join(japanese))


def verdicts(rows: Sequence[ShownVerdict], clock: WallClock) -> Table:
    """The verdicts, with the records that bear them out or speak against them."""
    columns = [
        ("Code", "コード"), ("What", "内容"), ("Shares", "要因割合"), _STATE, ("Since", "開始"), ("Evidence", "証拠"),
        ("Speaks against it", "反対の記録"), ("Disputed, ruled", "異議・裁定"), _AGREEMENT, ("Id", "ID"),
    ]  # fmt: skip
    return _table(
        ("Verdicts", "判定"),
        columns,
        (
            (
                _same(verdict.code),
                Cell(code_word(verdict.code)),
                Cell(shares(verdict.shares)),
                Cell(word(VERDICT_STATES, verdict.status)),
                _time(verdict.since, clock),
                _positions(*verdict.evidence),
                _positions(*(position for against in verdict.evidence_against for position in against.evidence)),
                _positions(verdict.disputed_by, verdict.ruled_by),
                _same(f"{verdict.agreement}, rules {verdict.rules}"),
                _same(verdict.id, "code"),
            )
            for verdict in rows
        ),
    )


def disputes(rows: Sequence[ShownDispute], clock: WallClock) -> Table:
    """The disputes, and until when they may be answered."""
    columns = [
        ("Dispute", "異議申立て"), ("By", "申立て部門"), ("About", "対象"), _STATE, ("Opened", "申立て"), ("Answer by", "回答期限"),
        ("Answered", "回答"), ("Rule by", "裁定期限"), ("Ended", "終了"), ("Records", "記録"),
    ]  # fmt: skip
    return _table(
        ("Disputes", "異議申立て"),
        columns,
        (
            (
                _same(one.dispute),
                _party(one.by),
                _same(", ".join(map(str, one.about)), "code"),
                Cell(word(DISPUTE_STATES, one.state)),
                _time(one.opened_at, clock),
                _time(one.answer_by, clock),
                _time(one.answered_at, clock),
                _time(one.rule_by, clock),
                _time(one.ended_at, clock),
                _positions(one.opened_position, one.answered_position, one.ended_position),
            )
            for one in rows
        ),
    )


def records(rows: Sequence[ShownRecord], clock: WallClock) -> Table:
    """The records in the order of the book."""
    columns = [
        ("Position", "位置"), ("Event", "出来事"), ("Happened", "発生"), ("Recorded", "記録"), ("By", "記録者"), ("Source", "記録元"),
        ("What it says", "内容"), ("Marks", "注記"), ("Changed by", "変更した記録"), ("Hash", "ハッシュ"),
    ]  # fmt: skip
    return _table(("Records", "記録"), columns, (_record(row, clock) for row in rows))


def _record(row: ShownRecord, clock: WallClock) -> Sequence[Cell]:
    event, marks = row.event, [word(MARKS, mark) for mark in row.marks]
    name = event_word(event.type)
    return (
        _same(event.position, "row"),
        Cell(Sentence(event.type, f"{name.ja}\n{event.type}")),
        _time(event.time, clock),
        _time(event.recordedat, clock),
        _same(event.actor),
        _same("\n".join(_source(event))),
        Cell(Sentence(*("\n".join(lines) for lines in _facts(event.data)))),
        Cell(Sentence(", ".join(mark.en for mark in marks), "、".join(mark.ja for mark in marks))),
        _positions(*row.changed_by),
        _same(event.leaf, "code"),
    )


def _source(event: ShownEvent) -> Iterator[str]:
    """Who said it, and where an import read it: the mapping, and the SHA-256 of the row."""
    yield f"{event.source} ({event.kind})"
    if event.mapping is not None:
        yield event.mapping
    if event.sourcehash is not None:
        yield f"SHA-256 {event.sourcehash}"


def _facts(data: msgspec.Raw) -> tuple[list[str], list[str]]:
    """What an event says in English and Japanese, a line each."""
    english, japanese = [], []
    for name, value in flattened(msgspec.json.decode(data)):
        if value is None:
            continue
        why = WITHHELD.get(str(value)) if name.endswith(_WITHHELD) else None
        if why is not None:
            english.append(f"{name.removesuffix(_WITHHELD)}: {why.en}")
            japanese.append(f"{name.removesuffix(_WITHHELD)}: {why.ja}")
        else:
            said = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            english.append(f"{name}: {said}")
            japanese.append(f"{name}: {said}")
    return english, japanese


_WITHHELD = ".withheld"
