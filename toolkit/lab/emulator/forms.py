"""Reads requests of the query protocol, in which IAM, STS and EC2 are asked."""

import functools
import re
import urllib.parse
from typing import Any


def operation(body: bytes) -> str:
    """Name the operation; "" if the form names none."""
    match = re.search(rb"(?:^|&)Action=(\w+)", body)
    return match.group(1).decode() if match else ""


def query_parameters(body: bytes) -> dict[str, Any]:
    """Read a form of the query protocol: `Tags.member.1.Key=a` is the first tag's key."""
    nested: dict[str, Any] = {}
    for name, value in urllib.parse.parse_qsl(body.decode(errors="replace"), keep_blank_values=True):
        if name in ("Action", "Version"):
            continue
        *path, last = name.split(".")
        functools.reduce(lambda node, part: node.setdefault(part, {}), path, nested)[last] = value
    lists: dict[str, Any] = _lists(nested)
    return lists


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if set(node) == {"member"} and isinstance(node["member"], dict):
        return [
            _lists(item) for _index, item in sorted(node["member"].items(), key=lambda pair: pair[0].zfill(4))
        ]
    return {key: _lists(child) for key, child in node.items()}
