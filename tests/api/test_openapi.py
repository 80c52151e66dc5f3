"""The description, and that the service does what it says (schemathesis against a real server)."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from api.app import create_app
from ledger.door import CloudEvent
from ledger.shapes import FORMS

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
]
AGREEING = {"propose_agreement", "sign_agreement", "withdraw_agreement"}
SAYS_MORE_THAN_A_SCHEMA_CAN = {
    "append_events", "declare_source", "read_funnel", "list_runs", "read_channels", "read_handovers", "list_handovers", "read_sla",
    "list_clocks", "read_periods",
    "list_offers", "list_monthly_verdicts", "read_faults", "read_time", "list_verdicts", "try_draft", "list_changes",
    "open_subscription", "propose_scoring_model", "sign_scoring_model", "withdraw_scoring_model",
    "propose_personas", "sign_personas", "withdraw_personas", "read_digest",
    "read_fit", "read_drift", "read_persona_feedback", "read_association",
    "score_leads", "read_calibration", "try_bar", "list_offered_runs",
    "grant_key", "grant_roles", "erase_lead", "erase_entry", "get_personal_data", *AGREEING,
}  # fmt: skip
"""Where a well-formed request may still be refused: an event from the future, a period that ends before it begins, a promise
that cannot be kept, a department that no agreement names. Whole numbers in an address are refused where they are written 1.0,
which a schema allows: that concerns every operation that takes one."""

MULTI_STATUS = 207
"""A batch is answered event by event: what is wrong in it is refused there."""

SCHEMA = schemathesis.openapi.from_dict(create_app().openapi())
SCHEMA.config.generation.with_security_parameters = False  # The server is open still; test_keys.py asks with keys and without.
OPERATIONS = {
    operation.ok().definition.raw["operationId"]: operation.ok()
    for operation in SCHEMA.get_all_operations()
    if operation.ok().path != "/v1/events/stream"
}


def takes_whole_numbers(operation):
    """Whether a whole number stands among what its address is asked by."""
    asked = [parameter["schema"] for parameter in operation.definition.raw.get("parameters", ()) if parameter["in"] == "query"]
    return "'integer'" in repr(asked)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_does_what_it_says(name, mode, address):
    operation = OPERATIONS[name]
    says_more = name in SAYS_MORE_THAN_A_SCHEMA_CAN or takes_whole_numbers(operation)
    excluded = [positive_data_acceptance] if says_more else []
    if name == "append_events":
        excluded.append(negative_data_rejection)  # A batch is answered 207, with a problem for each event that is refused.

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def holds(case):
        response = case.call(base_url=address)
        mixed = [negative_data_rejection] if response.status_code == MULTI_STATUS else []
        case.validate_response(response, checks=[check for check in CHECKS if check not in (*excluded, *mixed)])

    try:
        holds()
    except Unsatisfiable:
        pytest.skip("There is no wrong way to ask this.")


def test_every_operation_has_a_tag_a_name_and_a_summary():
    for path in create_app().openapi()["paths"].values():
        for operation in path.values():
            assert operation["tags"]
            assert operation["operationId"]
            assert operation["summary"]


def test_the_envelope_is_described_as_the_codec_reads_it():
    described = create_app().openapi()["components"]["schemas"]["lead.captured"]
    assert set(described["properties"]) == set(CloudEvent.__struct_fields__)


def test_every_event_type_that_comes_through_this_door_is_described(address):
    described = httpx.get(f"{address}/openapi.json").json()["components"]["schemas"]
    closed = {
        "source.declared",
        "agreement.proposed",
        "scoring.proposed",
        "personas.proposed",
        "ledger.opened",
        "subject.erased",
        *(name for name in FORMS if name.startswith(("subscription.", "key.", "role."))),
    }
    assert set(FORMS) - closed <= set(described)
    assert not closed & set(described)
