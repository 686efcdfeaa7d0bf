"""Containment on the embedded AWS: the call that takes it back leaves the principal as it was before."""

from hypothesis import HealthCheck, given, settings

from tests.response.aws.containments import (
    OURS,
    Contained,
    call_and_inverse,
    cases,
    prepared,
    runner_on,
    state,
)
from toolkit.lab.emulator.server import Lab


@given(case=cases)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_inverse_after_the_action_is_the_identity(lab: Lab, case: Contained) -> None:
    """Whatever the user or role had: the call changes it, and after the inverse it has that again."""
    iam = lab.client("iam")
    name, keys = prepared(iam, case)
    before = state(iam, case.kind, name)
    runner = runner_on(iam)
    call, inverse = call_and_inverse(case, name, keys)
    runner.apply(call)
    stood_already = call.operation.startswith("Put") and call.parameters[
        "PolicyDocument"
    ] == case.policies.get(OURS)
    assert (state(iam, case.kind, name) == before) is stood_already
    runner.apply(inverse)
    assert state(iam, case.kind, name) == before
