"""`/openapi.json`: what the framework knows of the routes, and what it cannot know, from the shapes that are sent and
read. An event's data is described by the codec's own shapes, so the description cannot differ from what is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from inspect import getdoc
from typing import Any, get_args, get_type_hints

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api import (
    agreements,
    behind,
    briefings,
    calibration,
    claims,
    content,
    decisions,
    disputes,
    faults,
    figures,
    health,
    keys,
    kpis,
    kpis_needed,
    leads,
    monthly,
    months,
    personas,
    personas_fit,
    returns,
    roles,
    scores,
    sla,
    sources,
    subjects,
    subscriptions,
    targets,
    transparency,
    turned_down,
    verdicts,
)
from api.access.needs import NEEDS
from api.audit.route import HTML, MARKDOWN
from api.audit.trail import ShownAudit
from api.auditors import EventsPage
from api.changes.shown import ChangesAnswer
from api.digest.answer import DigestAnswer
from api.meeting.pack import MeetingAnswer
from api.notifying.messages import PromiseMessage
from api.problems import MEDIA_TYPE, Problem
from api.receipts import RefusedResults, Result, Results
from api.receiving import closed_to_clients
from api.replays import WhatIfAnswer
from api.showing import ShownEvent
from api.shown_access import ShownKey, ShownRole
from api.shown_disputes import DisputesAnswer
from api.shown_scoring import ShownModels, ShownModelTerms, ShownScore
from api.timelines import ShownTimeline
from api.versions import ShownTerms, ShownVersions
from domain.events import Event, Limits, Replacement
from domain.the_model import TERMS
from ledger.agreement_schema import agreement_schema
from ledger.documents import write_document
from ledger.door import CloudEvent
from ledger.sealing.sealing import Withheld
from ledger.shapes import FORMS
from ledger.terms import written

_ANSWERS: dict[str, type] = {
    "list_events": EventsPage,
    "get_event": ShownEvent,
    "list_claims": claims.ClaimsAnswer,
    "get_lead": leads.CurrentLead,
    "get_timeline": ShownTimeline,
    "get_audit": ShownAudit,
    "get_briefing": briefings.ShownBriefing,
    "list_lead_events": leads.LeadEvents,
    "list_leads": figures.LeadsAnswer,
    "read_funnel": figures.FunnelAnswer,
    "list_runs": behind.RunsAnswer,
    "read_channels": figures.ChannelsAnswer,
    "read_handovers": figures.HandoversAnswer,
    "list_handovers": behind.HandoverChangesAnswer,
    "list_decisions": decisions.DecisionsAnswer,
    "list_turned_down": turned_down.TurnedDownAnswer,
    "read_digest": DigestAnswer,
    "read_meeting": MeetingAnswer,
    "read_returns": returns.ReturnsAnswer,
    "read_left_stages": returns.StagesAnswer,
    "read_kpis": kpis.KpisAnswer,
    "read_needed": kpis_needed.NeededAnswer,
    "list_targets": targets.TargetsAnswer,
    "read_sla": sla.SlaAnswer,
    "list_clocks": sla.ClocksAnswer,
    "read_periods": months.PeriodsAnswer,
    "list_offers": months.OffersAnswer,
    "read_faults": faults.FaultsAnswer,
    "read_time": faults.TimeAnswer,
    "list_verdicts": verdicts.VerdictsAnswer,
    "get_verdict": verdicts.VerdictAnswer,
    "list_monthly_verdicts": monthly.MonthlyVerdicts,
    "list_disputes": DisputesAnswer,
    "read_overturn_rates": disputes.RatesAnswer,
    "list_agreements": ShownVersions,
    "get_agreement": ShownTerms,
    "propose_agreement": ShownTerms,
    "sign_agreement": ShownTerms,
    "withdraw_agreement": ShownTerms,
    "try_draft": WhatIfAnswer,
    "list_changes": ChangesAnswer,
    "list_scoring_models": ShownModels,
    "get_scoring_model": ShownModelTerms,
    "propose_scoring_model": ShownModelTerms,
    "sign_scoring_model": ShownModelTerms,
    "withdraw_scoring_model": ShownModelTerms,
    "list_personas": personas.PersonasAnswer,
    "get_personas": personas.ShownPersonasTerms,
    "propose_personas": personas.ShownPersonasTerms,
    "sign_personas": personas.ShownPersonasTerms,
    "withdraw_personas": personas.ShownPersonasTerms,
    "read_fit": personas_fit.FitAnswer,
    "read_drift": personas_fit.DriftAnswer,
    "read_persona_feedback": personas_fit.FeedbackAnswer,
    "list_content": content.ContentAnswer,
    "read_association": content.AssociationAnswer,
    "get_lead_score": ShownScore,
    "read_calibration": calibration.CalibrationAnswer,
    "try_bar": calibration.WhatIfBarAnswer,
    "list_offered_runs": calibration.OfferedRunsAnswer,
    "score_leads": scores.ScoresAnswer,
    "list_sources": sources.ShownSources,
    "get_source": sources.ShownSource,
    "declare_source": sources.ShownSource,
    "read_me": keys.Me,
    "list_keys": keys.ShownKeys,
    "grant_key": keys.GrantedKey,
    "revoke_key": ShownKey,
    "list_roles": roles.ShownRoles,
    "grant_roles": ShownRole,
    "revoke_roles": ShownRole,
    "erase_lead": subjects.Erasure,
    "erase_entry": subjects.EntryErasure,
    "get_personal_data": subjects.PersonalData,
    "look_up_leads": subjects.FoundLeads,
    "list_subscriptions": subscriptions.ShownSubscriptions,
    "open_subscription": subscriptions.OpenedSubscription,
    "get_subscription": subscriptions.ShownSubscription,
    "pause_subscription": subscriptions.ShownSubscription,
    "resume_subscription": subscriptions.ShownSubscription,
    "remove_subscription": subscriptions.ShownSubscription,
    "list_deliveries": subscriptions.ShownDeliveries,
    "resend_delivery": subscriptions.ShownDelivery,
    "get_checkpoint": transparency.ShownCheckpoint,
    "prove_consistency": transparency.ShownConsistency,
    "prove_event": transparency.ShownInclusion,
    "is_alive": health.Alive,
    "is_ready": health.Readiness,
}
_EXPORTED = (
    "list_events", "list_claims", "list_lead_events", "list_leads", "read_funnel", "list_runs", "read_channels", "read_handovers",
    "list_handovers", "list_agreements", "list_sources",
    "read_sla", "list_clocks", "read_periods", "list_offers", "read_faults", "read_time", "list_verdicts", "list_monthly_verdicts",
    "list_turned_down", "read_digest", "read_kpis", "read_needed", "list_targets", "list_changes", "list_decisions", "list_disputes",
    "read_returns", "read_left_stages",
    "read_overturn_rates", "list_subscriptions", "list_deliveries", "list_keys", "list_roles",
    "list_scoring_models", "read_calibration", "list_offered_runs",
    "list_personas", "read_fit", "read_drift", "read_persona_feedback", "list_content", "read_association",
)  # fmt: skip
_READ = (
    "erase_lead", "get_personal_data",
    "get_lead", "get_timeline", "get_audit", "get_briefing", "get_verdict", "list_lead_events", "get_event", "get_source", "get_agreement",
    "read_funnel", "list_runs", "read_channels", "read_returns", "read_left_stages", "read_kpis", "read_needed",
    "get_subscription", "pause_subscription", "resume_subscription", "remove_subscription",
    "list_deliveries", "resend_delivery", "prove_consistency", "prove_event", "get_tile",
    "get_scoring_model", "get_lead_score", "score_leads",
    "read_calibration", "try_bar", "list_offered_runs",
    "get_personas", "read_fit", "read_drift", "read_persona_feedback", "read_association",
    "revoke_key", "revoke_roles",
)  # fmt: skip
_OTHER_FORMS = {"read_note": "text/plain", "get_tile": "application/octet-stream"}
_AGREEING: dict[str, type] = {"sign": agreements.SignTerms, "withdraw": agreements.WithdrawTerms}
"""What is sent to act upon a version."""
_ACTS_UPON_SUBSCRIPTIONS = ("open_subscription", "pause_subscription", "resume_subscription", "remove_subscription", "resend_delivery")
_REF = "#/components/schemas/{name}"
_PERSONAL = "Personal: sealed before it is recorded, shown to whoever may read personal data, and erased with its subject's key."
_ABOUT = """Tasuki is an append-only ledger of who holds each sales lead.

**Append** what your systems do as CloudEvents to `POST /v1/events`: one, a batch, or a stream of any length. (`source`, `id`)
names an event for ever, so sending one again is always safe. Acts that break the handoff protocol are refused; observations of
another system never are.

**Read** leads and their timelines straight from the book, and figures from tables that follow it closely. Most reads take `as_of`
(the state at a time) and `known_at` (a time or a position: only what was recorded by then exists), and say which they answer for.

Times are RFC 3339 with an offset, amounts whole numbers in minor units. Lists also come as `text/csv` and
`application/x-ndjson`; ask with `Accept`. Unknown fields and parameters are refused. Every refusal is a problem after RFC 9457
whose `detail` says what was expected. Personal data is sealed before it is recorded; where it may not be read, or was erased,
answers hold `{"withheld": …}` in its place.

**Getting in** takes a key, `Authorization: Bearer tasuki_…`, or a token of the company's identity provider. What each address takes
stands beside it as its scope; `append` and `agree` are for a department (`append:marketing`), and in whose name an event may be
written is checked for each event. Until the first key is made the service is open, to its own machine only."""
_TAGS = [
    {"name": "append", "description": "Client systems append here."},
    {"name": "events", "description": "The book itself, for those who check or copy it."},
    {"name": "proofs", "description": "That nothing was touched: signed checkpoints, proofs, and the tree in tiles."},
    {"name": "leads", "description": "One lead, straight from the book."},
    {"name": "dashboards", "description": "Figures from the read models."},
    {"name": "promises", "description": "How the departments keep what they promised each other."},
    {"name": "verdicts", "description": "Whose fault, by which rule and which evidence, and what was disputed."},
    {"name": "agreements", "description": "What the departments promised each other, and who signed it."},
    {"name": "scoring", "description": "What a lead is worth by a signed model, and why."},
    {"name": "personas", "description": "Whom we sell to, signed by both sides, and whether those are the ones who buy."},
    {"name": "content", "description": "What content there is, who made it, and how leads fared that had to do with it."},
    {"name": "personal data", "description": "What is held of a person: shown, found by an address, erased."},
    {"name": "sources", "description": "How each system writes things down."},
    {"name": "access", "description": "Who may do what: keys, and people's roles."},
    {"name": "notices", "description": "Who is told of promises, and what was sent."},
    {"name": "operations", "description": "Whether it runs, and how."},
]


def described(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes, tags=_TAGS, description=_ABOUT)
        components = document.setdefault("components", {}).setdefault("schemas", {})
        components.clear()
        components.update(_components())
        for path in document["paths"].values():
            for operation in path.values():
                _answer(operation)
        document["paths"]["/v1/events"]["post"] = _appending()
        document["webhooks"] = {"promise": {"post": _notice()}}
        _complete(document["paths"])
        _secure(document)
        app.openapi_schema = document
    return app.openapi_schema


def _secure(document: dict[str, Any]) -> None:
    """Which scope each operation takes, and what it answers without."""
    document["components"]["securitySchemes"] = {"key": _SCHEME}
    for path, operations in document["paths"].items():
        template = "/tile/{path:path}" if path == "/tile/{path}" else path
        for method, operation in operations.items():
            needed = NEEDS[f"{method.upper()} {template}"]
            operation["security"] = [{"key": [scope]} for scope in needed]
            if needed:
                operation["responses"] |= {
                    "401": _problem("No key, or one that opens nothing."),
                    "403": _problem("The key has no such scope, or does not speak for whom the request names."),
                    "429": _problem("More than the key's share; `Retry-After` says when to come again."),
                }


_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key (`tasuki_…`), or a token of the identity provider. The names beside it are scopes, of which one is enough.",
}


def _components() -> dict[str, Any]:
    """Every shape that is read or sent, and each event type's envelope."""
    data = [form.shape.struct for form in FORMS.values()]
    shapes = [CloudEvent, *_ANSWERS.values(), Results, RefusedResults, Result, Problem, sources.SourceTerms, *_AGREEING.values()]
    shapes += [scores.ScoreTerms, subjects.EraseTerms, subjects.LookUpTerms, Withheld]
    shapes += [subscriptions.SubscriptionTerms, PromiseMessage, keys.GrantTerms, keys.RevokeTerms, roles.RoleTerms]
    _, components = msgspec.json.schema_components([*data, *shapes], ref_template=_REF)
    found: dict[str, Any] = dict(components)
    names = [name for name in FORMS if name not in closed_to_clients()]
    envelope = found.pop(CloudEvent.__name__)
    for name in names:
        cls = FORMS[name].shape.cls
        found[name] = _envelope(envelope, cls)
        for part, field in _personal(cls):
            found[part]["properties"][field]["description"] = _PERSONAL
    found["Agreement"] = _document()
    found["CloudEvent"] = {"oneOf": [{"$ref": _REF.format(name=name)} for name in names]}
    return found


def _document() -> dict[str, Any]:
    """The schema of an agreement document, with its definitions written out: a component refers to no place in itself."""
    schema = agreement_schema()
    definitions = {f"#/$defs/{name}": part for name, part in schema.pop("$defs").items()}
    schema.pop("$schema")

    def resolved(part: Any) -> Any:
        if isinstance(part, dict):
            named = resolved(definitions[part["$ref"]]) if "$ref" in part else {}
            return named | {key: resolved(value) for key, value in part.items() if key != "$ref"}
        return [resolved(item) for item in part] if isinstance(part, list) else part

    found: dict[str, Any] = resolved(schema)
    return found


def _envelope(envelope: dict[str, Any], cls: type[Event]) -> dict[str, Any]:
    """A CloudEvent of one type: what the codec reads, and what it checks beyond the shape. Subjects that look like an
    address or a telephone number are refused."""
    name, shared = cls.NAME, cls.SHARED
    properties = envelope["properties"]
    subject = {"const": shared} if shared else {**properties["subject"], "pattern": "^[A-Za-z]+-?[0-9]{0,6}$"}
    own = {
        "specversion": {"const": "1.0"},
        "type": {"const": name},
        "subject": subject,
        "data": {"$ref": _REF.format(name=cls.__name__)},
        "datacontenttype": {"enum": ["application/json", None]},
    }
    return {**envelope, "title": name, "description": " ".join((getdoc(cls) or "").split()), "properties": {**properties, **own}}


def _personal(cls: type[Any]) -> Iterator[tuple[str, str]]:
    """The fields of an event, and of the parts of it, that name a person or are free text: (class, field)."""
    hints = get_type_hints(cls, include_extras=True)
    for field in fields(cls):
        for part in _parts(hints[field.name]):
            if isinstance(part, Limits) and part.personal:
                yield cls.__name__, field.name.removesuffix("_")
            elif isinstance(part, type) and is_dataclass(part) and part is not Replacement:
                yield from _personal(part)


def _parts(annotation: Any) -> Iterator[Any]:
    """A type and everything it is made of."""
    yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


def _answer(operation: dict[str, Any]) -> None:
    """What an operation answers: its own shape, exports beside it, and problems."""
    name = operation["operationId"]
    if (shape := _ANSWERS.get(name)) is not None:
        content: dict[str, Any] = {"application/json": {"schema": {"$ref": _REF.format(name=shape.__name__)}}}
        if name in _EXPORTED:
            content |= {"application/x-ndjson": {"schema": {}}, "text/csv": {"schema": {"type": "string"}}}
        operation["responses"] = {"200": {"description": "As asked.", "content": content}}
    elif name == "stream_events":
        operation["responses"] = {"200": {"description": "Events as they come.", "content": {"text/event-stream": {}}}}
    elif name == "read_metrics":
        operation["responses"] = {"200": {"description": "Prometheus text.", "content": {"text/plain": {}}}}
    elif name in _OTHER_FORMS:
        operation["responses"] = {"200": {"description": "As asked.", "content": {_OTHER_FORMS[name]: {}}}}
    if name not in ("read_note", "get_checkpoint", "is_alive", "is_ready", "read_metrics"):
        operation["responses"]["422"] = _problem("Something in the address or the body is not as described.")
    if name in _ACTS_UPON_SUBSCRIPTIONS:
        operation["responses"]["409"] = _problem("The subscription, or its message, does not stand so.")
        operation["responses"]["503"] = _problem("The ledger takes no events at the moment.")
    if name in ("read_note", "get_checkpoint", "prove_event"):
        operation["responses"]["503"] = _problem("Nothing of it is signed yet.")
    if name in _READ:
        operation["responses"]["404"] = _problem("There is no such thing at that moment.")


def _complete(paths: dict[str, Any]) -> None:
    """What single operations answer beside."""
    building = _problem("The projections are being built.")
    read = ("leads", "funnel", "channels", "returns", "returns/stages", "handovers", "kpis", "kpis/needed")
    for path in (f"/v1/{name}" for name in read):
        paths[path]["get"]["responses"]["503"] = building
    ready = paths["/health/ready"]["get"]["responses"]
    gone = _problem("The projections are being built for the first time, the service is about to end, or the database does not answer.")
    ready["503"] = {**gone, "content": {**ready["200"]["content"], **gone["content"]}}
    _agreements(paths)
    _scoring(paths)
    _signed(paths, "/v1/personas", "document", _BUYERS)
    trail = paths["/v1/leads/{key}/audit"]["get"]["responses"]["200"]["content"]
    trail |= {MARKDOWN: {"schema": {"type": "string"}}, HTML: {"schema": {"type": "string"}}}
    pack, told = (paths[path]["get"]["responses"]["200"]["content"] for path in ("/v1/meeting", "/v1/digest"))
    message = {"type": "object", "description": "The body of a message to Slack or Teams, where `format` asks for one."}
    pack["application/json"]["schema"] = {"anyOf": [pack["application/json"]["schema"], message]}
    pack[MARKDOWN] = told[MARKDOWN] = {"schema": {"type": "string"}}
    declared = paths["/v1/sources/{name}"]["put"]
    _takes(declared, "SourceTerms", {"kind": "integration"})
    declared["responses"]["201"] = declared["responses"]["200"]
    for path in ("/v1/keys/{id}/revoke", "/v1/roles/{login}/revoke"):
        _takes(paths[path]["post"], "RevokeTerms", {"reason": "It stood in a mail."})
        paths[path]["post"]["responses"]["409"] = _problem("It was revoked already, or never granted.")
    _takes(paths["/v1/roles/{login}"]["put"], "RoleTerms", {"person": "marketing:tanaka", "roles": ["appender", "signer"]})
    granted = paths["/v1/keys"]["post"]
    _takes(granted, "GrantTerms", {"source": "marketo", "kind": "integration", "scopes": ["read", "append:marketing"]})
    granted["responses"]["201"] = {**granted["responses"].pop("200"), "description": "It is made; this answer alone shows it."}
    _takes(paths["/v1/leads/lookup"]["post"], "LookUpTerms", {"email": "keiko@example.jp"})
    for erase in (paths["/v1/leads/{key}/erase"]["post"], paths["/v1/events/{position}/erase"]["post"]):
        _takes(erase, "EraseTerms", {"reason": "request", "actor": "operations:mori"})
        erase["responses"] |= {
            "409": _problem("Another lead is to be erased."),
            "503": _problem("The ledger takes no events at the moment."),
        }
    paths["/v1/leads/{key}/personal"]["get"]["responses"]["409"] = _problem("The lead was merged into another; ask for that one.")
    opened = paths["/v1/subscriptions"]["post"]
    _takes(opened, "SubscriptionTerms", _SUBSCRIPTION)
    opened["responses"]["201"] = {**opened["responses"].pop("200"), "description": "It is open; this answer alone shows its secret."}


_SUBSCRIPTION = {
    "name": "late-decisions",
    "recipient": "inside_sales",
    "url": "https://hooks.example.com/tasuki",
    "notices": ["warned", "breached"],
    "promise": "decide.mql",
}


def _takes(operation: dict[str, Any], shape: str, example: dict[str, Any]) -> None:
    """Says that an operation takes a small JSON body, and what is wrong with other ones."""
    body = {"application/json": {"schema": {"$ref": _REF.format(name=shape)}, "example": example}}
    operation["requestBody"] = {"required": True, "content": body}
    operation["responses"] |= {
        "400": _problem("The body is not JSON."),
        "408": _problem("The body took too long to arrive."),
        "413": _problem("The body is too long."),
        "415": _problem("The body is not application/json."),
    }


def _notice() -> dict[str, Any]:
    """What a receiver of the form `standard` is sent."""
    texts = {"webhook-id": "The same at every attempt.", "webhook-timestamp": "Seconds since 1970, of this attempt."}
    texts["webhook-signature"] = "v1, after Standard Webhooks."
    headers = [
        {"name": name, "in": "header", "required": True, "description": sentence, "schema": {"type": "string"}}
        for name, sentence in texts.items()
    ]
    return {
        "tags": ["notices"],
        "operationId": "receive_notice",
        "summary": "A promise was warned of, broken, or answered late",
        "parameters": headers,
        "requestBody": {"content": {"application/json": {"schema": {"$ref": _REF.format(name="PromiseMessage")}}}},
        "responses": {
            "2XX": {"description": "Taken. Anything else, or nothing for 15 seconds, is tried again."},
            "410": {"description": "Gone for good: the subscription is closed."},
        },
    }


def _agreements(paths: dict[str, Any]) -> None:
    """What acting upon agreements takes and answers."""
    refusals = {
        "400": _problem("The body cannot be read."),
        "409": _problem("Not in this order, or not by this department."),
        "413": _problem("The body is too long."),
        "415": _problem("The body is of another kind."),
        "503": _problem("The ledger takes no events at the moment."),
    }
    one = paths["/v1/agreements/{agreement}"]["get"]["responses"]["200"]["content"]
    document = {**written(TERMS), "name": "ours"}
    one[agreements.YAML] = {"schema": {"type": "string"}, "example": write_document(document)}
    propose = paths["/v1/agreements"]["post"]
    schema = {"$ref": _REF.format(name="Agreement")}
    propose["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": schema, "example": document}, agreements.YAML: {"schema": {"type": "string"}}},
    }
    propose["responses"] |= {"201": propose["responses"].pop("200"), **refusals}
    trial = paths["/v1/what-if"]["post"]
    trial["requestBody"] = propose["requestBody"]
    trial["responses"] |= {**refusals, "503": _problem("Another draft is being tried.")}
    del trial["responses"]["409"]
    examples = {"sign": {"actor": "inside_sales:sato"}, "withdraw": {"actor": "field_sales:ito", "reason": "The budgets are too tight."}}
    for act, shape in _AGREEING.items():
        operation = paths[f"/v1/agreements/{{agreement}}/{act}"]["post"]
        body = {"schema": {"$ref": _REF.format(name=shape.__name__)}, "example": examples[act]}
        operation["requestBody"] = {"required": True, "content": {"application/json": body}}
        operation["responses"] |= refusals


def _scoring(paths: dict[str, Any]) -> None:
    """What acting upon scoring models, and scoring leads, takes and answers."""
    _signed(paths, "/v1/scoring/models", "model", _MODEL)
    scored = paths["/v1/scores"]["post"]
    _takes(scored, "ScoreTerms", {"leads": ["L-1001"]})
    scored["responses"]["503"] = paths["/v1/agreements"]["post"]["responses"]["503"]


def _signed(paths: dict[str, Any], documents: str, parameter: str, example: dict[str, Any]) -> None:
    """What acting upon documents that departments sign takes and answers."""
    agreed = paths["/v1/agreements"]["post"]
    refusals = {status: answer for status, answer in agreed["responses"].items() if status not in ("201", "422")}
    one = f"{documents}/{{{parameter}}}"
    paths[one]["get"]["responses"]["200"]["content"][agreements.YAML] = {"schema": {"type": "string"}}
    propose = paths[documents]["post"]
    body = {"application/json": {"schema": {"type": "object"}, "example": example}, agreements.YAML: {"schema": {"type": "string"}}}
    propose["requestBody"] = {"required": True, "content": body}
    propose["responses"] |= {"201": propose["responses"].pop("200"), **refusals}
    for act in _AGREEING:
        operation = paths[f"{one}/{act}"]["post"]
        operation["requestBody"] = paths[f"/v1/agreements/{{agreement}}/{act}"]["post"]["requestBody"]
        operation["responses"] |= refusals


_BUYERS: dict[str, Any] = {
    "name": "buyers",
    "version": 1,
    "signed_by": ["marketing", "inside_sales", "field_sales"],
    "personas": [{"id": "sales_director", "says": "Head of sales", "wants": "A forecast that holds"}],
    "icp": [{"says": "Makers of some size", "industry": ["steel", "food"], "company_size": ["50-299", "300-999"]}],
}


_MODEL: dict[str, Any] = {
    "name": "worth",
    "version": 1,
    "signed_by": ["marketing", "inside_sales"],
    "bar": 60,
    "attributes": [{"id": "maker", "attribute": "industry", "is": ["steel", "food"], "points": 20, "says": "Makes things"}],
    "actions": [{"id": "pricing", "activity": "page_view", "content": "pricing", "points": 15, "half_life_days": 14, "at_most": 30}],
}


def _problem(sentence: str) -> dict[str, Any]:
    return {"description": sentence, "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}}}}


def _appending() -> dict[str, Any]:
    event = {"$ref": _REF.format(name="CloudEvent")}
    example = {
        "specversion": "1.0",
        "id": "mk-1-7",
        "source": "marketo",
        "type": "lead.captured",
        "subject": "L-1001",
        "time": "2026-11-13T16:00:00+09:00",
        "actor": "marketing:tanaka",
        "data": {"channel": "web"},
    }
    batch = {"type": "array", "items": event, "minItems": 1, "maxItems": 1_000}
    results = {"application/json": {"schema": {"$ref": _REF.format(name="Results")}}}
    whole = {"schema": {"$ref": _REF.format(name="RefusedResults")}}
    either = {MEDIA_TYPE: {"schema": {"anyOf": [whole["schema"], {"$ref": _REF.format(name="Problem")}]}}}
    refusals = {
        "400": "The body is not JSON.",
        "408": "The body took too long to arrive.",
        "409": "The act breaks the protocol, or its source and id are taken.",
        "412": "The lead has moved on.",
        "413": "The request is too long.",
        "415": "The body is of another kind.",
        "422": "The event cannot be read, or says what cannot be.",
        "503": "The ledger takes no events at the moment.",
    }
    return {
        "tags": ["append"],
        "operationId": "append_events",
        "summary": "Append events",
        "description": "One event (also in binary mode, with ce- headers), a batch, or a stream of any length answered line by "
        "line. (source, id) names an event for ever: sent again it gets its first receipt, with other content it is refused.",
        "parameters": [
            _flag("atomic", "Record all events of the request or none."),
            _flag("wait", "Answer once the projections have caught up."),
            _header("If-Match", "The lead's version, as ETag gave it; for a single event.", '^"[0-9]{1,15}"$'),
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/cloudevents+json": {"schema": event, "example": example},
                "application/json": {"schema": event, "example": example},
                "application/cloudevents-batch+json": {"schema": batch, "example": [example]},
                "application/x-ndjson": {"schema": {"type": "string"}},
            },
        },
        "responses": {
            "200": {"description": "A stream's results, one a line.", "content": {"application/x-ndjson": {"schema": {}}}},
            "201": {"description": "All are recorded, now or before.", "content": results},
            "207": {"description": "Some are refused; each result says what became of its event.", "content": results},
            **{status: {"description": sentence, "content": either} for status, sentence in refusals.items()},
        },
    }


def _flag(name: str, sentence: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": sentence, "schema": {"enum": ["true", "false"], "default": "false"}}


def _header(name: str, sentence: str, pattern: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": sentence, "schema": {"type": "string", "pattern": pattern}}
