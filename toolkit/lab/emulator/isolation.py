"""Gap: ministack 1.5.33 serves a whole machine; the lab must stay inside its process and on loopback.

Left alone it opens an IoT listener on every interface, removes Docker containers that it takes for its own,
runs scripts from well-known folders, and configures the root logger of whoever imports it.
"""

import contextvars
import functools
import os
from collections.abc import Mapping
from typing import Any, Final

from toolkit.lab.emulator.internals import ministack

ACCOUNT: Final = "111111111111"
REGION: Final = "us-east-1"

# What ministack reads from the environment, most of it while it is being imported.
SETTINGS: Final[Mapping[str, str]] = {
    "AUTH": "true",
    "BIND_HOST": "127.0.0.1",
    "MINISTACK_ACCOUNT_ID": ACCOUNT,
    "MINISTACK_REGION": REGION,
    "MINISTACK_HOST": "localhost",
    "IOT_MTLS_ENABLED": "0",
    "SFTP_ENABLED": "0",
    "PERSIST_STATE": "0",
    "S3_PERSIST": "0",
    "LAMBDA_EXECUTOR": "local",
    "CLOUDTRAIL_RECORDING": "0",
    "LOG_LEVEL": "WARNING",
}


@functools.cache
def install() -> None:
    """Enforce IAM in the lab's one account, and keep ministack to this process."""
    app = ministack("app")
    responses = ministack("core.responses")
    # Somebody may have imported ministack before the environment was set: these two it never reads again.
    app.AUTH = True
    responses._request_account_id = contextvars.ContextVar("_request_account_id", default=ACCOUNT)
    # The lab runs functions as processes of this Python; it has no business with the machine's Docker.
    app._docker_socket_present = lambda: False
    app._stop_docker_containers = lambda *_: None
    app.container_reaper.start = lambda *_: None
    app._run_init_scripts = lambda: None
    ministack("core.iam_evaluator").os = _WithoutHostCredentials()


class _WithoutHostCredentials:
    """Stands in for the module `os` where ministack takes the developer's own AWS key for the root key."""

    def __init__(self) -> None:
        self.environ = _Environment()

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


class _Environment:
    """The environment without AWS credentials: the root key is the account number, with `test`."""

    def get(self, name: str, default: str | None = None) -> str | None:
        """Look up a variable: all that ministack does there, for each request."""
        return default if name.startswith("AWS_") else os.environ.get(name, default)
