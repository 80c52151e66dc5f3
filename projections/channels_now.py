"""What became of the leads by one attribute, at the present, from the tally of `leads`: the same figures as counting."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, Table, select

from projections.asking import NOT_SAID, Share
from projections.channels import Asked, Channel, channels
from projections.funnel_now import is_present
from projections.leads import ALL, ATTRIBUTE, ATTRIBUTES, WON


def channels_of(connection: Connection, leads: Table, visits: Table, tally: Table, asked: Asked) -> list[Channel]:
    """The groups as asked, from the tally where that is enough."""
    plain = asked._replace(group_by=()) == Asked(asked.question, asked.agreement, ())
    if not plain or len(asked.group_by) != 1 or asked.group_by[0] not in ATTRIBUTES or not is_present(connection, visits, asked):
        return channels(connection, leads, visits, asked)
    here = (tally.c.agreement == asked.agreement.id, tally.c.kind == ATTRIBUTE, tally.c.name == asked.group_by[0])
    measures: dict[str, dict[str, int]] = defaultdict(dict)
    for value, measure, n in connection.execute(select(tally.c.value, tally.c.measure, tally.c.n).where(*here)):
        measures[value][measure] = n
    found = [_channel(asked, value, counted) for value, counted in measures.items()]
    return sorted(found, key=lambda channel: (-channel.leads, repr(channel.group)))


def _channel(asked: Asked, value: str, counted: dict[str, int]) -> Channel:
    reached = {stage: counted.get(f"stage {stage}", 0) for stage in asked.agreement.stages}
    amounts = {measure.removeprefix("amount "): n for measure, n in counted.items() if measure.startswith("amount ")}
    return Channel((None if value == NOT_SAID else value,), counted[ALL], reached, Share(counted.get(WON, 0), counted[ALL]), amounts)
