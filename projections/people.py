"""`people`: who ever owned which lead. Tells which leads a person's departure touches."""

from __future__ import annotations

from domain.timeline import Timeline
from projections.projection import TEXT, Projection, Row


def _rows(timeline: Timeline) -> list[Row]:
    return [(person,) for person in sorted(timeline.people)]


PEOPLE = Projection(
    name="people",
    version=1,
    columns=(("person", TEXT),),
    key=1,
    reads=lambda timeline: (timeline.people,),
    rows=_rows,
    indexes=(("person",),),
)
