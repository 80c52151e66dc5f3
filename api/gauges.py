"""Figures that are read when somebody asks for them, and are the same whichever process of a ledger is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

Found = Mapping[tuple[str, ...], float]
"""A figure by the values of its labels."""
_log = structlog.get_logger()


class _Told(NamedTuple):
    name: str
    sentence: str
    labels: Sequence[str]
    read: Callable[[], Found]


class Gauges(Collector):
    """Tells in the order in which it was told of them; once the database does not answer, no more of them this time: who asks for
    figures does not wait for it again and again, and gets those of the process all the same."""

    def __init__(self, is_outage: Callable[[Exception], bool]) -> None:
        self._is_outage = is_outage
        self._told: list[_Told] = []

    def tell(self, name: str, sentence: str, read: Callable[[], float]) -> None:
        """A figure without labels."""
        self._told.append(_Told(name, sentence, (), lambda: {(): read()}))

    def tell_each(self, name: str, sentence: str, labels: Sequence[str], read: Callable[[], Found]) -> None:
        """A figure for each value of some labels."""
        self._told.append(_Told(name, sentence, labels, read))

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for told in self._told:
            family = GaugeMetricFamily(told.name, told.sentence, labels=told.labels)
            try:
                found = told.read()
            except Exception as error:
                if not self._is_outage(error):
                    raise
                _log.warning("figures_left_out", first=told.name)
                return
            for values, value in found.items():
                family.add_metric(values, value)
            yield family

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing is asked of the database when it is registered."""
        return iter(())
