"""An API call as the AWS CLI command that makes it, quoted for a POSIX shell, for a person to run."""

from __future__ import annotations

import re
import shlex
from typing import Any

from response.domain.plan import Call, canonical_json

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# What a terminal may act on; and the beginnings that make the AWS CLI send a local file instead of the value.
_UNWRITABLE = re.compile(r"[^ -~]|^fileb?://")


def cli_command(call: Call) -> str:
    """The command for a call; what cannot be written safely in a value is written as `?`."""
    region = ("--region", shlex.quote(call.region)) if call.region else ()
    options = [_option(name, value) for name, value in call.parameters.items()]
    return " ".join(("aws", call.service, _dashed(call.operation), *options, *region))


def _option(name: str, value: Any) -> str:
    """One parameter: flags by name, text as it is, everything else as JSON."""
    option = _dashed(name)
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    text = _UNWRITABLE.sub("?", value if isinstance(value, str) else canonical_json(value))
    # A value that begins with a dash would be taken for the next option.
    return f"--{option}{'=' if text.startswith('-') else ' '}{shlex.quote(text)}"


def _dashed(name: str) -> str:
    """`CloudWatchLogsRoleArn` as the CLI writes it: `cloud-watch-logs-role-arn`."""
    return _WORD_START.sub("-", name).lower()
