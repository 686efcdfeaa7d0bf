"""The embedded AWS: one module for each gap of ministack 1.5.33 that Trailguard runs into.

Nothing is patched by importing these modules; `install_all` closes the gaps, once in each process.
"""

import importlib

# Each has an idempotent `install()`. In the order in which they wrap ministack.
MODULES = (
    "isolation",
    "transport",
    "dynamodb",
    "address_ranges",
    "authorization",
    "condition_keys",
    "resource_arns",
    "event_sources",
    "logs",
    "cloudwatch",
    "s3",
    "kms_use",
    "sts_federation",
    "sts",
    "iam_limits",
    "iam_simulation",
    "iam_use",
    "account_contacts",
    "ec2_network",
    "ssm_calendar",
    "lambda_",
    "lambda_metrics",
    "stepfunctions",
    "stepfunctions_paths",
    "eventbridge",
    "apigateway",
    "cognito",
    "cloudtrail",
    "cloudtrail_recording",
    "cloudformation",
)


def install_all() -> None:
    """Close every gap; calling it again changes nothing.

    The modules are imported here rather than above because importing ministack reads the environment,
    which `toolkit.lab.emulator.server` has to set first.
    """
    for name in MODULES:
        importlib.import_module(f"{__name__}.{name}").install()
