"""The functions: one per step and entry point, each with its own role, its own log group, its own grants."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from response.permissions import FUNCTIONS, Grant
from response.settings import Environment
from response.workflow import FUNCTION_SECONDS
from stacks.config import DeploymentConfig
from stacks.constructs.acknowledgement import acknowledge
from stacks.constructs.grants import Symbols, attach
from stacks.constructs.log_groups import log_group, log_group_arn
from stacks.packaging import deployed_path

SIGN_IN = "sign_in"  # asked by the stack's own user pool; there is none where people sign in elsewhere
# The entry points outside the state machine. The console must answer before its HTTP API gives up at 30 s,
# the trigger before Cognito does at 5 s; the others look at every Region.
_SECONDS: Mapping[str, int] = {
    **FUNCTION_SECONDS,
    "reconcile": 540,
    "console": 29,
    SIGN_IN: 5,
    "capture_baseline": 300,
}
_MEMORY_MB = 512
_RUNTIME = lambda_.Runtime.PYTHON_3_13
_ARCHITECTURE = lambda_.Architecture.ARM_64
_LOOKS_UP = "investigate"


def function_name(prefix: str, step: str) -> str:
    """The name of a step's function and of its role."""
    return f"{prefix}-{step.replace('_', '-')}"


class ResponderFunctions(Construct):
    """All functions of `response.permissions`, by the names of their steps."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        code: lambda_.Code,
        symbols: Symbols,
    ) -> None:
        super().__init__(scope, construct_id)
        self.roles: dict[str, iam.Role] = {}
        self.functions: dict[str, lambda_.Function] = {}
        for step, permissions in FUNCTIONS.items():
            if step == SIGN_IN and not config.people.has_own_pool:
                continue
            name = function_name(config.name_prefix, step)
            role = self._role(step, name)
            own = {"own_log_group": (log_group_arn(self, f"/aws/lambda/{name}"),)}
            member_roles = [
                cdk.Stack.of(self).format_arn(
                    service="iam", region="", resource="role", resource_name=f"{config.name_prefix}-{member}"
                )
                for member in permissions.assumes
            ]
            assume = (Grant(("sts:AssumeRole",), tuple(member_roles)),) if member_roles else ()
            attach(role, (*permissions.grants, *assume), {**symbols, **own})
            self.roles[step] = role
            self.functions[step] = self._function(step, name, config=config, code=code, role=role)

    def set_environment(
        self, environment: Mapping[str, str], *, besides: frozenset[str] = frozenset()
    ) -> None:
        """Give every function these variables, except those functions whose steps are `besides`."""
        for step, function in self.functions.items():
            if step not in besides:
                for name, value in environment.items():
                    function.add_environment(name, value)

    def provide_databases(self, code: lambda_.Code, *, config: DeploymentConfig) -> None:
        """Give the step that looks addresses up the operator's databases, as a layer of its own."""
        layer = lambda_.LayerVersion(
            self,
            "Databases",
            code=code,
            layer_version_name=f"{config.name_prefix}-address-databases",
            description="Trailguard: address databases of the operator, and the library that reads them",
            compatible_runtimes=[_RUNTIME],
            compatible_architectures=[_ARCHITECTURE],
        )
        function = self.functions[_LOOKS_UP]
        function.add_layers(layer)
        paths = ",".join(str(deployed_path(path)) for path in config.geoip_files)
        function.add_environment(Environment.GEOIP_FILES.value, paths)

    def _role(self, step: str, name: str) -> iam.Role:
        role = iam.Role(
            self,
            f"{_pascal(step)}Role",
            role_name=name,
            description=f"What Trailguard's function {step} may do",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        acknowledge(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            "xray:PutTraceSegments and xray:PutTelemetryRecords support no resource-level permissions.",
        )
        return role

    def _function(
        self, step: str, name: str, *, config: DeploymentConfig, code: lambda_.Code, role: iam.Role
    ) -> lambda_.Function:
        function = lambda_.Function(
            self,
            _pascal(step),
            function_name=name,
            description=f"Trailguard: {step}",
            runtime=_RUNTIME,
            architecture=_ARCHITECTURE,
            handler=f"response.entrypoints.{step}",
            code=code,
            role=role,
            memory_size=_MEMORY_MB,
            timeout=cdk.Duration.seconds(_SECONDS[step]),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group(self, f"{_pascal(step)}Log", name=f"/aws/lambda/{name}", config=config),
        )
        acknowledge(
            function,
            "AwsSolutions-L1",
            "Lambda fully supports Python 3.13; a newer runtime follows once the tests have run on it.",
        )
        return function


def _pascal(step: str) -> str:
    return "".join(part.capitalize() for part in step.split("_"))
