"""What became of the leads by one or two attributes, at the present, from the tally of `leads`: the same figures as counting."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import msgspec
from sqlalchemy import Connection, Table, select

from projections.asking import NOT_SAID, Share
from projections.channels import Asked, Channel, channels
from projections.funnel_now import is_present
from projections.leads import ALL, AMOUNT, ATTRIBUTE, ATTRIBUTES, PROFILE, TOGETHER, WON

Group = tuple[str | None, ...]


def channels_of(connection: Connection, leads: Table, visits: Table, tally: Table, asked: Asked) -> list[Channel]:
    """The groups as asked, from the tally where that is enough."""
    if not _is_tallied(asked) or not is_present(connection, visits, asked):
        return channels(connection, leads, visits, asked)
    measures: dict[Group, Counter[str]] = defaultdict(Counter)
    for group, measure, n in _counts(connection, tally, asked):
        measures[group][measure] += n
    found = [_channel(asked, group, counted) for group, counted in measures.items()]
    return sorted(found, key=lambda channel: (-channel.leads, repr(channel.group)))


def _is_tallied(asked: Asked) -> bool:
    by = asked.group_by
    return asked.is_of_everything and ((len(by) == 1 and by[0] in ATTRIBUTES) or (len(by) > 1 and set(by) <= set(TOGETHER)))


def _counts(connection: Connection, tally: Table, asked: Asked) -> Iterator[tuple[Group, str, int]]:
    """What the tally holds, by the group that it belongs to."""
    counts = select(tally.c.value, tally.c.measure, tally.c.n)
    if not asked.of_all_agreements:
        counts = counts.where(tally.c.agreement == asked.agreement.id)
    if len(asked.group_by) == 1:
        found = connection.execute(counts.where(tally.c.kind == ATTRIBUTE, tally.c.name == asked.group_by[0]))
        yield from (((None if value == NOT_SAID else value,), measure, n) for value, measure, n in found)
        return
    places = [TOGETHER.index(name) for name in asked.group_by]
    groups: dict[str, Group] = {}
    for value, measure, n in connection.execute(counts.where(tally.c.kind == PROFILE)):
        if value not in groups:
            profile = msgspec.json.decode(value)
            groups[value] = tuple(profile[place] for place in places)
        yield groups[value], measure, n


def _channel(asked: Asked, group: Group, counted: Mapping[str, int]) -> Channel:
    reached = {stage: counted.get(f"stage {stage}", 0) for stage in asked.agreement.stages}
    amounts = {measure.removeprefix(AMOUNT): n for measure, n in counted.items() if measure.startswith(AMOUNT)}
    return Channel(group, counted[ALL], reached, Share(counted.get(WON, 0), counted[ALL]), amounts)
