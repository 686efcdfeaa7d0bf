"""Captures the baseline of every trail as the last act of a deployment, by a custom resource."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IDependable

_TIMEOUT = cdk.Duration.minutes(7)


class BaselineCapture(Construct):
    """Calls `capture_baseline` once everything that it needs, and the stack's own trail, is there."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction,
        trail_arn: str,
        after: Sequence[IDependable],
    ) -> None:
        super().__init__(scope, construct_id)
        resource = cdk.CustomResource(
            self,
            "Baselines",
            service_token=function.function_arn,
            resource_type="Custom::TrailBaselines",
            # Somewhat more than the function may run: a lost answer must not hold the deployment for an hour.
            service_timeout=_TIMEOUT,
            # A new trail of the stack's own is a new baseline; any other trail is captured at creation.
            properties={"TrailArn": trail_arn},
        )
        resource.node.add_dependency(*after)
