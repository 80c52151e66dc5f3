"""What pm4py finds in event logs: run by an interpreter that has it, as a process of its own, and never by us.

python mined.py LOG…        one JSON document a log
"""

import json
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import pm4py  # noqa: E402 - it warns while it loads.


def mined(path: str) -> dict:
    """How many cases and events there are, and between whom custody changed: how often, and after
    how many seconds (in sum, on average, the median)."""
    if path.endswith(".xes"):
        log = pm4py.read_xes(path)
        objects = None
    else:
        ocel = pm4py.read_ocel2_json(path) if path.endswith(".json") else pm4py.read_ocel2_sqlite(path)
        log, objects = pm4py.ocel_flattening(ocel, "run"), len(ocel.objects)
    handovers = log[log["handover"].astype(bool)]
    counts, _, _ = pm4py.discover_dfg(handovers, activity_key="custodian")
    durations, _, _ = pm4py.discover_performance_dfg(handovers, activity_key="custodian")
    return {
        "cases": int(log["case:concept:name"].nunique()),
        "events": len(log),
        "objects": objects,
        "handovers": [[*pair, int(n)] for pair, n in sorted(counts.items())],
        "held_seconds": [[*pair, *(float(durations[pair][name]) for name in ("sum", "mean", "median"))] for pair in sorted(counts)],
    }


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(f"{name}.mined").write_text(json.dumps(mined(name)))
