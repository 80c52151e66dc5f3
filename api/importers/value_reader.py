"""The small parts of the mapping language: values, times, conditions."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.importers.columns import Column, Template
from api.importers.conditions import Condition
from api.importers.mapping import TimeRule
from api.importers.strictness import Place
from api.importers.times import NAMED_FORMATS, TimeReader
from api.importers.values import FALLBACKS, REJECT, Value

VALUE_KEYS = ("map", "otherwise", "member")
_TESTS = ("equals", "one_of", "present", "absent")


def read_template(place: Place) -> Template | None:
    """`inside_sales:{sdr_id}`."""
    text = place.text()
    if text is None:
        return None
    try:
        return Template(text)
    except ValueError as error:
        place.fault(str(error))
        return None


def read_value(place: Place, more_keys: tuple[str, ...] = ()) -> Value | None:
    """A template, or `{value: …, map: …, otherwise: …, member: …}`; the caller reads `more_keys`."""
    if isinstance(place.value, str):
        template = read_template(place)
        return None if template is None else Value(template)
    if not place.is_mapping(["value"], (*VALUE_KEYS, *more_keys)):
        return None
    template = read_template(place.at("value")) if place.has("value") else None
    table = _read_table(place.at("map")) if place.has("map") else None
    member = place.at("member").text() if place.has("member") else None
    otherwise = (place.at("otherwise").one_of(FALLBACKS) if place.has("otherwise") else None) or REJECT
    if place.has("otherwise") and not place.has("map"):
        place.at("otherwise").fault("`otherwise` says what becomes of a text that `map` lacks; there is no `map` here.")
    return None if template is None else Value(template, member, table, otherwise)


def _read_table(place: Place) -> dict[str, str]:
    if not isinstance(place.value, dict) or not place.value:
        place.fault("A mapping from the file's texts to the ledger's is expected.")
        return {}
    return {key: text for key in place.value if (text := place.at(key).text()) is not None}


def read_zone(place: Place) -> tzinfo | None:
    """`Asia/Tokyo`."""
    name = place.text()
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        place.fault(f"{name} is not a zone of the IANA database, such as Asia/Tokyo.")
        return None


def read_formats(place: Place) -> tuple[str, ...]:
    """One format, or several to be tried in order."""
    formats = place.texts()
    for form in formats:
        if form not in NAMED_FORMATS and "%" not in form:
            place.fault(f"{form} is no format of a time; expected one of {', '.join(NAMED_FORMATS)}, or a pattern such as %d.%m.%Y %H:%M.")
    return formats


def read_time(place: Place, zone: tzinfo) -> TimeRule | None:
    """A template of ISO times, or `{value: …, format: …, zone: …}`."""
    value = read_value(place, ("format", "zone"))
    reader = read_time_reader(place, zone)
    return None if value is None else TimeRule(value, reader)


def read_time_reader(place: Place, zone: tzinfo) -> TimeReader:
    """How the times of a value are read: its `format` and `zone`."""
    formats = read_formats(place.at("format")) if place.has("format") else ("iso",)
    own_zone = read_zone(place.at("zone")) if place.has("zone") else None
    return TimeReader(formats, own_zone or zone)


def read_conditions(place: Place) -> tuple[Condition, ...]:
    """`[{column: Status, equals: Completed}, …]`, all of which are to hold."""
    return tuple(condition for item in place.items() if (condition := _read_condition(item)) is not None)


def _read_condition(place: Place) -> Condition | None:
    if not place.is_mapping(["column"], _TESTS):
        return None
    written = place.at("column").text() if place.has("column") else None
    tests = [test for test in _TESTS if place.has(test)]
    if len(tests) != 1:
        place.fault(f"A condition has one test: {', '.join(_TESTS)}.")
        return None
    if written is None:
        return None
    column, test = Column.read(written), place.at(tests[0])
    if tests[0] in ("present", "absent"):
        said = test.one_of(("true", "false"))
        return Condition(column, None, (said == "true") is (tests[0] == "present"))
    if tests[0] == "equals":
        text = test.text()
        return None if text is None else Condition(column, frozenset({text}))
    if not isinstance(test.value, list):
        test.fault("A list of texts is expected; `equals` takes one.")
        return None
    return Condition(column, frozenset(test.texts()))
