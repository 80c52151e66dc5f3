"""The JSON Schema of an agreement document, for editors that complete and check while somebody writes.

Made from the same words that the domain checks by. It knows shapes and words; what fits together only `tasuki agreement
check` can say.
"""

from __future__ import annotations

from typing import Any

from domain.agreement_checks import (
    ACTIVITIES,
    AT_A_LEG,
    BEGINNINGS,
    BRIEFING,
    ENDINGS,
    MAX_ROWS,
    MAX_TEXT_LENGTH,
    NAME,
    RULES,
)
from domain.agreement_terms import PROMISE_KINDS, UNITS, UNTIMED_KINDS
from domain.calendar import WEEKDAYS
from domain.vocabulary import OUTCOMES

Schema = dict[str, Any]


def agreement_schema() -> Schema:
    """The whole schema (draft 2020-12)."""
    terms: Schema = {
        "name": {"$ref": "#/$defs/name", "description": "What the agreement is called; with the version it is its id: the-model@1."},
        "version": {"type": "integer", "minimum": 1, "description": "Counts up; what is proposed once is never changed."},
        "zone": {"$ref": "#/$defs/text", "description": "A zone of the IANA database, such as Asia/Tokyo."},
        "departments": {
            "description": "Who takes part, in the order of the relay; `any` admits whoever an imported log names.",
            "oneOf": [{"const": "any"}, {**_names(), "minItems": 1}],
        },
        "stages": {**_names(), "minItems": 1, "description": "How far a lead can come, in order."},
        "outcomes": _mapping({"enum": list(OUTCOMES)}, "Which stages end an episode when they are observed, and how."),
        "calendar": _calendar(),
        "handoffs": _rows(_handoff(), "Where who hands over to whom. A handoff is named by the stage it happens at."),
        "bar": _bar(),
        "promises": _rows(_promise(), "What one department promises another."),
        "relays": _rows(_relay(), "End-to-end targets over several promises, whose times are its budgets."),
        "deem_accepted": {"type": "boolean", "description": "Whether silence counts as acceptance when the decision is due."},
        "late_after": {
            **_object({key: {"$ref": "#/$defs/span"} for key in ("default", *ACTIVITIES)}),
            "description": "How long after it happened a record may be written down, by kind of activity.",
        },
        "max_pause": {"$ref": "#/$defs/span", "description": "The longest pause."},
        "rules": {"enum": list(RULES), "description": "The version of the rules of verdicts."},
        "plan_per_day": _mapping({"type": "integer", "minimum": 0}, "How many leads a day are planned, by leg."),
        "dispute_within": {"$ref": "#/$defs/span", "description": "How long a verdict can be disputed after its party was told."},
        "warn_at_percent": {"$ref": "#/$defs/percents", "description": "After how much of its time a promise is warned about."},
        "reasons": {"description": "The reasons for which a handoff can be rejected.", "type": ["array", "object"]},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Agreement",
        "description": "What the departments promise each other: a document for `tasuki agreement check` and `propose`.",
        **_object(terms, "name", "stages", "departments", "calendar"),
        "$defs": _definitions(),
    }


def _definitions() -> Schema:
    return {
        "name": {"type": "string", "pattern": f"^{NAME.pattern}$"},
        "text": {"type": "string", "minLength": 1, "maxLength": MAX_TEXT_LENGTH},
        "day": {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "hours": {
            "description": 'Opening hours, several a day where there is a break: [["09:00", "12:00"], ["13:00", "18:00"]].',
            "type": "array",
            "items": {
                "type": "array",
                "items": {"type": "string", "pattern": r"^(\d{1,2}:[0-5]\d)$"},
                "minItems": 2,
                "maxItems": 2,
            },
        },
        "span": {
            "description": "One unit and a whole number: {business_hours: 4}.",
            "type": "object",
            "properties": {key: {"type": "integer", "minimum": 0} for key in UNITS},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        },
        "percents": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 99}},
    }


def _object(properties: Schema, *required: str) -> Schema:
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return found | ({"required": list(required)} if required else {})


def _mapping(values: Schema, description: str) -> Schema:
    return {"type": "object", "additionalProperties": values, "description": description}


def _names() -> Schema:
    return {"type": "array", "items": {"$ref": "#/$defs/text"}, "maxItems": MAX_ROWS, "uniqueItems": True}


def _rows(row: Schema, description: str) -> Schema:
    return {"type": "array", "items": row, "maxItems": MAX_ROWS, "description": description}


def _text(description: str) -> Schema:
    return {"$ref": "#/$defs/text", "description": description}


def _calendar() -> Schema:
    days = {"type": "array", "items": {"$ref": "#/$defs/day"}}
    extra = _object({"date": {"$ref": "#/$defs/day"}, "hours": {"$ref": "#/$defs/hours"}}, "date", "hours")
    country = {"country": _text("As the `holidays` library names it: JP."), "subdivision": _text("A part of the country: BE.")}
    return {
        "description": "When business time runs.",
        **_object(
            {
                "weekly": {
                    **_object({key: {"$ref": "#/$defs/hours"} for key in WEEKDAYS}),
                    "description": "Opening hours by day of the week.",
                },
                "holidays": {**_object(country, "country"), "description": "Public holidays, written out when the agreement is proposed."},
                "closed_yearly": {
                    "description": 'Days closed every year: ["12-31"].',
                    "type": "array",
                    "items": {"type": "string", "pattern": r"^\d{2}-\d{2}$"},
                },
                "closed": {**days, "description": "Single closed days."},
                "extra": {"type": "array", "items": extra, "description": "Days with hours of their own, even holidays."},
                "from": {"$ref": "#/$defs/day", "description": "The first day covered; 2000-01-01 if not said."},
                "until": {"$ref": "#/$defs/day", "description": "The last day covered; 2050-12-31 if not said."},
            },
            "weekly",
        ),
    }


def _handoff() -> Schema:
    return _object(
        {"leg": _text("The stage it happens at."), "from": _text("Who gives."), "to": _text("Who receives.")}, "leg", "from", "to"
    )


def _bar() -> Schema:
    excluded = {"type": "array", "items": {"$ref": "#/$defs/text"}}
    return {
        "description": "What a lead must be to be worth handing over.",
        **_object(
            {
                "leg": _text("At which handoff."),
                "min_score": {"type": "integer", "minimum": 0, "maximum": 100},
                "required_briefing": {"type": "array", "items": {"enum": list(BRIEFING)}},
                "exclude": _object({"channel": excluded, "industry": excluded}),
            },
            "leg",
            "min_score",
        ),
    }


def _promise() -> Schema:
    count: Schema = {"type": "integer", "minimum": 1}
    row = _object(
        {
            "id": {"$ref": "#/$defs/name", "description": "Names the promise for ever: decide.mql."},
            "kind": {"enum": list(PROMISE_KINDS), "description": "What is promised."},
            "promisor": _text("Who promises."),
            "promisee": _text("To whom."),
            "leg": _text("At which handoff."),
            "stage": _text("In which stage; for progress."),
            "within": {"$ref": "#/$defs/span", "description": "In what time."},
            "attempts": {**count, "description": "How many attempts; for depth."},
            "channels": {**count, "description": "Over how many channels; for depth."},
            "days": {**count, "description": "On how many working dates; for depth."},
            "target": {**count, "description": "How many a month; for volume."},
            "target_percent": {**count, "maximum": 100, "description": "What part is accepted; for acceptance_rate."},
            "per": {"const": "month"},
            "count_automated": {"type": "boolean", "description": "Whether automated attempts count."},
            "warn_at_percent": {"$ref": "#/$defs/percents"},
        },
        "id",
        "kind",
        "promisor",
        "promisee",
    )
    timed = [kind for kind in PROMISE_KINDS if kind not in UNTIMED_KINDS]
    needs = {"leg": list(AT_A_LEG), "stage": ["progress"], "within": timed}
    rules = [{"if": {"properties": {"kind": {"enum": kinds}}}, "then": {"required": [term]}} for term, kinds in needs.items()]
    return {**row, "allOf": rules}


def _relay() -> Schema:
    return _object(
        {
            "id": {"$ref": "#/$defs/name"},
            "from": {"enum": list(BEGINNINGS)},
            "until": {"enum": list(ENDINGS)},
            "leg": _text("The handoff it is about."),
            "within": {"$ref": "#/$defs/span", "description": "No less than the times of its promises together."},
            "legs": {"type": "array", "items": _object({"promise": _text("A promise's id.")}, "promise"), "minItems": 1},
        },
        "id",
        "from",
        "until",
        "leg",
        "within",
        "legs",
    )
