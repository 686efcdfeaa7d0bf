"""Gap: for ministack 1.5.33 PutEvents has no condition keys, so a policy that names a source admits nobody.

In AWS `events:source` and `events:detail-type` are those of the entries (EventBridge user guide, "Using IAM
policy conditions in Amazon EventBridge").
"""

import functools
import json
from typing import Any

from toolkit.lab.emulator.internals import ministack

_KEYS = {"events:source": "Source", "events:detail-type": "DetailType"}


@functools.cache
def install() -> None:
    """Tell the policies what the entries say."""
    actions = ministack("core.iam_actions")
    original = actions.request_tag_context

    def context(service: str, action: str, body: bytes, parameters: Any) -> dict[str, Any]:
        known: dict[str, Any] = original(service, action, body, parameters)
        return {**known, **_keys_of(body)} if action == "events:PutEvents" else known

    actions.request_tag_context = context


def _keys_of(body: bytes) -> dict[str, Any]:
    """The value of each key, if all entries agree on it: else no policy that names one admits the call."""
    try:
        given = json.loads(body)
    except ValueError:
        return {}
    entries = given.get("Entries") if isinstance(given, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return {}
    values = {key: {entry.get(member) for entry in entries} for key, member in _KEYS.items()}
    return {key: next(iter(found)) for key, found in values.items() if len(found) == 1 and None not in found}
