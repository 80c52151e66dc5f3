"""The words of documents and pages for what the ledger calls by short names, in English and Japanese: the same word
everywhere. What a table lacks (a stage or a department of a company's own) is said as it is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.findings import NAMES, Sentence
from domain.sentences import code_in_japanese
from ledger.sealing.sealing import Withheld

STAGES: Mapping[str, Sentence] = {
    "lead": Sentence("lead", "リード"),
    "mal": Sentence("mal", "MAL（育成対象）"),
    "mql": Sentence("mql", "MQL（引き継ぎ対象）"),
    "sal": Sentence("sal", "SAL（訪問対象）"),
    "sql": Sentence("sql", "SQL（案件化対象）"),
    "opportunity": Sentence("opportunity", "商談（クロージング段階）"),
    "won": Sentence("won", "受注"),
}
OUTCOMES: Mapping[str, Sentence] = {
    "won": Sentence("won", "受注"),
    "lost": Sentence("lost", "失注"),
    "disqualified": Sentence("disqualified", "対象外"),
    "recycled": Sentence("recycled", "リサイクル（再育成）"),
}
PROMISES: Mapping[str, Sentence] = {
    "decide": Sentence("Decide on the offer", "受け入れ判断"),
    "first_attempt": Sentence("First attempt", "初回アプローチ"),
    "depth": Sentence("Depth of follow-up", "フォロー量"),
    "offer": Sentence("Hand over", "引き継ぎ"),
    "route": Sentence("Route", "割り振り"),
    "progress": Sentence("Progress", "進捗"),
    "report": Sentence("Report the outcome", "結果報告"),
    "re_engage": Sentence("Re-engage", "再アプローチ"),
    "quality": Sentence("Quality of the lead", "リードの質"),
    "volume": Sentence("Volume of leads", "リードの量"),
    "acceptance_rate": Sentence("Acceptance rate", "受け入れ率"),
    "relay": Sentence("End-to-end target", "全体期限"),
}
"""Kinds of promises."""
CLOCK_STATES: Mapping[str, Sentence] = {
    "running": Sentence("running", "計測中"),
    "paused": Sentence("paused", "保留中"),
    "overdue": Sentence("not kept so far", "期限超過（未対応）"),
    "kept": Sentence("kept", "期限内"),
    "late": Sentence("kept too late", "期限後対応"),
    "missed": Sentence("not kept", "未達"),
    "void": Sentence("void", "無効"),
    "paused_closed": Sentence("ended while paused", "保留のまま終了"),
}
HANDOFF_STATES: Mapping[str, Sentence] = {
    "offered": Sentence("offered", "依頼"),
    "accepted": Sentence("accepted", "受け入れ"),
    "deemed": Sentence("accepted by silence", "自動的に受け入れ"),
    "rejected": Sentence("turned down", "差し戻し"),
    "withdrawn": Sentence("taken back", "取り下げ"),
    "returned": Sentence("given back", "返却（受け入れ後）"),
    "lapsed": Sentence("lapsed", "失効"),
}
VERDICT_STATES: Mapping[str, Sentence] = {
    "provisional": Sentence("provisional", "速報（試算）"),
    "standing": Sentence("standing", "有効"),
    "cleared": Sentence("cleared", "新証拠により解消"),
    "disputed": Sentence("disputed", "異議申立て中"),
    "upheld": Sentence("upheld", "判定維持"),
    "overturned": Sentence("overturned", "判定取消"),
    "split": Sentence("split", "割合変更"),
}
DISPUTE_STATES: Mapping[str, Sentence] = {
    "opened": Sentence("awaiting an answer", "異議申立て中"),
    "answered": Sentence("answered", "回答済み"),
    "unanswered": Sentence("unanswered, with the arbiter", "未回答"),
    "withdrawn": Sentence("taken back", "申立て取り下げ"),
    "upheld": VERDICT_STATES["upheld"],
    "overturned": VERDICT_STATES["overturned"],
    "split": VERDICT_STATES["split"],
}
LEAD_STATES: Mapping[str, Sentence] = {
    "open": Sentence("open", "進行中"),
    "closed": Sentence("closed", "終了"),
    "merged": Sentence("merged", "統合済み"),
}
LEAD_FACTS: Mapping[str, Sentence] = {
    "state": Sentence("state", "状態"),
    "episode": Sentence("episode", "エピソード"),
    "stage": Sentence("stage", "ステージ"),
    "custodian": Sentence("custodian", "保有部門"),
    "responsible": Sentence("next move", "次の対応部門"),
    "owner": Sentence("owner", "担当者"),
    "outcome": Sentence("outcome", "結果"),
    "merged_into": Sentence("merged into", "統合先"),
    "channel": Sentence("channel", "チャネル"),
    "campaign": Sentence("campaign", "キャンペーン"),
    "persona": Sentence("persona", "ペルソナ"),
    "industry": Sentence("industry", "業種"),
    "company_size": Sentence("company size", "企業規模"),
    "region": Sentence("region", "地域"),
    "score": Sentence("score", "スコア"),
    "amount": Sentence("amount", "金額"),
    "currency": Sentence("currency", "通貨"),
    "agreement": Sentence("agreement", "部門間SLA"),
}
"""What is known of a lead as a whole."""
QUESTIONS: Mapping[str, Sentence] = {
    "need": Sentence("need", "課題・ニーズ"),
    "budget": Sentence("budget", "予算感"),
    "authority": Sentence("authority", "決裁者"),
    "timing": Sentence("timing", "導入時期"),
    "intent": Sentence("intent", "検討意向"),
    "score": Sentence("score", "スコア"),
    "reactions": Sentence("reactions", "反応"),
    "next_step": Sentence("next step", "次の対応"),
    "note": Sentence("note", "備考"),
}
"""What whoever receives a lead wants to know of it."""
ACTIVITIES: Mapping[str, Sentence] = {
    "email": Sentence("e-mail", "メール"),
    "call": Sentence("call", "電話"),
    "meeting": Sentence("meeting", "打ち合わせ"),
    "visit": Sentence("visit", "訪問"),
    "form": Sentence("form", "フォーム"),
    "download": Sentence("download", "資料ダウンロード"),
    "webinar": Sentence("webinar", "ウェビナー"),
    "page_view": Sentence("page view", "ページ閲覧"),
    "chat": Sentence("chat", "チャット"),
    "demo_request": Sentence("asked for a demonstration", "デモの依頼"),
    "inquiry": Sentence("inquiry", "問い合わせ"),
    "pricing": Sentence("asked for the price", "価格の問い合わせ"),
}
"""Kinds of activities, and of hands raised."""
ACTIVITY_OUTCOMES: Mapping[str, Sentence] = {
    "connected": Sentence("connected", "通話・対話あり"),
    "gatekeeper": Sentence("gatekeeper", "取り次ぎなし"),
    "no_answer": Sentence("no answer", "応答なし"),
    "replied": Sentence("replied", "返信あり"),
    "bounced": Sentence("bounced", "不達"),
    "invalid": Sentence("invalid", "無効な連絡先"),
    "no_show": Sentence("no show", "欠席"),
    "done": Sentence("done", "実施済み"),
}
MARKS: Mapping[str, Sentence] = {
    "late": Sentence("written down late", "後から記録"),
    "late_claim": Sentence("late claim", "遡及申告"),
    "confirmed": Sentence("confirmed", "確認済み"),
    "corrected": Sentence("corrected", "訂正済み"),
    "retracted": Sentence("retracted", "取消済み"),
    "orphaned": Sentence("without effect", "効力なし"),
    "bypass": Sentence("around a handoff", "引き継ぎを経ない移動"),
    "backwards": Sentence("backwards", "逆戻り"),
    "unknown_stage": Sentence("unknown stage", "未定義のステージ"),
    "unknown_department": Sentence("unknown department", "未定義の部門"),
}
WITHHELD: Mapping[str, Sentence] = {
    "sealed": Sentence("(sealed)", "（非公開）"),
    "erased": Sentence("(erased)", "（消去済み）"),
    "lost": Sentence("(its key is lost)", "（鍵がなく読めません）"),
    "altered": Sentence("(altered)", "（改変されています）"),
}
"""What stands for a personal text that is not to be read."""

_EVENTS_JA: Mapping[str, str] = {
    "lead.captured": "リード獲得",
    "lead.profiled": "属性の記録",
    "lead.scored": "スコア",
    "lead.hand_raised": "問い合わせ",
    "lead.assigned": "担当者の割り当て",
    "stage.entered": "ステージ移動",
    "stage.observed": "ステージ移動（他システム）",
    "custody.observed": "保有部門の移動（他システム）",
    "activity.logged": "活動",
    "handoff.offered": "引き継ぎの依頼",
    "handoff.accepted": "引き継ぎの受け入れ",
    "handoff.rejected": "引き継ぎの差し戻し",
    "handoff.withdrawn": "引き継ぎの取り下げ",
    "handoff.returned": "返却",
    "clock.paused": "保留",
    "clock.resumed": "保留の終了",
    "opportunity.opened": "商談化",
    "opportunity.amended": "商談の変更",
    "deal.won": "受注",
    "deal.lost": "失注",
    "lead.disqualified": "対象外",
    "lead.recycled": "リサイクル（再育成）",
    "lead.reopened": "再開",
    "lead.merged": "統合",
    "outcome.reported": "結果報告",
    "record.corrected": "記録の訂正",
    "record.retracted": "記録の取消",
    "record.confirmed": "記録の確認",
    "record.consented": "訂正への同意",
    "dispute.opened": "異議申立て",
    "dispute.answered": "異議への回答",
    "dispute.ruled": "裁定",
    "dispute.withdrawn": "申立て取り下げ",
    "person.deactivated": "担当者の離任",
    "outage.declared": "障害の宣言",
    "surge.announced": "流入増の予告",
    "meeting.decided": "会議の決定",
    "target.set": "目標の設定",
    "source.declared": "記録元の宣言",
    "agreement.proposed": "部門間SLAの起案",
    "agreement.signed": "部門間SLAの署名",
    "agreement.withdrawn": "部門間SLAの取り下げ",
    "agreement.extended": "暦の延長",
    "key.granted": "キーの発行",
    "key.revoked": "キーの失効",
    "role.granted": "権限の付与",
    "role.revoked": "権限の取り消し",
    "subscription.opened": "通知の登録",
    "subscription.paused": "通知の停止",
    "subscription.resumed": "通知の再開",
    "subscription.closed": "通知の終了",
    "cost.recorded": "費用の記録",
    "rate.stated": "為替レートの設定",
    "scoring.proposed": "スコアリングモデルの起案",
    "scoring.signed": "スコアリングモデルの署名",
    "scoring.withdrawn": "スコアリングモデルの取り下げ",
    "personas.proposed": "ペルソナ文書の起案",
    "personas.signed": "ペルソナ文書の署名",
    "personas.withdrawn": "ペルソナ文書の取り下げ",
    "content.registered": "コンテンツの登録",
    "content.requested": "コンテンツの要望",
    "ledger.opened": "台帳の開始",
    "subject.erased": "個人データの消去",
}


def withheld(value: Any) -> Sentence | None:
    """What to say of a personal text that is withheld, in an answer or as JSON has it; None for any other value."""
    if isinstance(value, Withheld):
        return WITHHELD[value.withheld]
    if isinstance(value, Mapping) and value.keys() == {"withheld"}:
        return WITHHELD[value["withheld"]]
    return None


def word(table: Mapping[str, Sentence], name: str) -> Sentence:
    """What a table calls something, else its own name."""
    return table.get(name) or Sentence(name, name)


def event_word(name: str) -> Sentence:
    """`handoff.offered` → handoff offered, 引き継ぎの依頼."""
    return Sentence(name.replace(".", " ").replace("_", " "), _EVENTS_JA[name])


def code_word(code: str) -> Sentence:
    """`R2` → late_touch, 初回アプローチ遅延."""
    return Sentence(NAMES[code], code_in_japanese(code))
