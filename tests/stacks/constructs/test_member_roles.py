"""The roles in a protected account trust exactly the functions that may use them."""

from __future__ import annotations

import pytest

from response.permissions import FUNCTIONS, MEMBER_ROLES
from stacks.assembly import synthesize
from tests.stacks.template import Template, listed, text


@pytest.mark.parametrize("member", MEMBER_ROLES)
def test_it_trusts_exactly_the_functions_that_assume_it(own: Template, member: str) -> None:
    """Trusted are the roles of the functions that need it, by their ARNs, and nobody else."""
    _, role = own.role(f"trailguard-{member}")
    trusted = set()
    for statement in role["AssumeRolePolicyDocument"]["Statement"]:
        assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
        assert set(statement["Principal"]) == {"AWS"}
        trusted |= set(listed(statement["Principal"]["AWS"]))
    wanted = {
        f"<{own.role('trailguard-' + step.replace('_', '-'))[0]}.Arn>"
        for step, needs in FUNCTIONS.items()
        if member in needs.assumes
    }
    assert trusted == wanted
    assert role["MaxSessionDuration"] == 3600


def test_restoring_hands_only_log_delivery_roles_to_cloudtrail(own: Template, existing: Template) -> None:
    """PassRole is for CloudTrail alone: the own trail's role, or where the trail is not ours, any role."""
    for template, name, wanted in (
        (own, "trailguard-restorer", own.arn("AWS::IAM::Role", "OwnTrailDelivery")),
        (existing, "tg-2-restorer", "arn:<AWS::Partition>:iam::<AWS::AccountId>:role/*"),
    ):
        logical_id, _ = template.role(name)
        (passing,) = [
            item for item in template.role_statements(logical_id) if item["Action"] == "iam:PassRole"
        ]
        assert text(passing["Resource"]) == wanted
        assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudtrail.amazonaws.com"}}


def test_the_delivery_roles_can_be_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where the operator names them, no other role may be passed; the console's roles have a path."""
    context = {
        "trailguard:log-group-name": "x",
        "trailguard:log-delivery-roles": "CloudTrail-A,service-role/CloudTrail-B",
    }
    template = Template.load(synthesize(tmp_path_factory.mktemp("named"), context))
    logical_id, _ = template.role("trailguard-restorer")
    (passing,) = [item for item in template.role_statements(logical_id) if item["Action"] == "iam:PassRole"]
    prefix = "arn:<AWS::Partition>:iam::<AWS::AccountId>:role"
    assert listed(passing["Resource"]) == [f"{prefix}/CloudTrail-A", f"{prefix}/service-role/CloudTrail-B"]
