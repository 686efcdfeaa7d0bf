"""What the fields that an action rests on read now, and whether they read as expected or as aimed at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from response.aws.stored_incident import StoredIncident
from response.domain.plan import Action, ActionKind
from response.steps.ports import Credentials, Members

_KEY_MISSING = "Missing"
_JSON_FIELDS = frozenset({"UserPolicyDocument", "RolePolicyDocument"})


def current(action: Action, incident: StoredIncident, members: Members, session: str) -> Mapping[str, Any]:
    """The action's fields as they read now; a field that cannot be read is not there."""
    names = {*action.expects, *action.aims}
    if action.kind is ActionKind.RESTORE:
        found = members.trails(incident.account, session).read(incident.trail_arn)
        return {} if found is None else {name: found.state.value(name) for name in names}
    return _of_credentials(action, names, members.credentials(incident.account, session))


def _of_credentials(action: Action, names: AbstractSet[str], credentials: Credentials) -> Mapping[str, Any]:
    """What the names in an action's calls stand for now; the calls that take it back name the same."""
    said = {name: value for call in action.calls for name, value in call.parameters.items()}
    values: dict[str, Any] = {}
    if "AccessKeyStatus" in names:
        status = credentials.access_key_status(said["UserName"], said["AccessKeyId"])
        values["AccessKeyStatus"] = _KEY_MISSING if status is None else status
    if "UserPolicyDocument" in names:
        values["UserPolicyDocument"] = credentials.user_policy(said["UserName"], said["PolicyName"])
    if "RolePolicyDocument" in names:
        values["RolePolicyDocument"] = credentials.role_policy(said["RoleName"], said["PolicyName"])
    return values


def is_gone(action: Action, values: Mapping[str, Any]) -> bool:
    """Whether what the action changes is not there any more, so that no new plan could change it either."""
    planned = {action.expects.get("AccessKeyStatus"), action.aims.get("AccessKeyStatus")}
    return values.get("AccessKeyStatus") == _KEY_MISSING and _KEY_MISSING not in planned


def holds(wanted: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether every field reads as wanted; a field that cannot be read does not."""
    return all(name in values and _parsed(name, value) == values[name] for name, value in wanted.items())


def difference(action: Action, values: Mapping[str, Any]) -> str:
    """Which fields do not read as the action aims at, in words."""
    if not values:
        return "there is nothing to act on"
    other = [name for name, value in action.aims.items() if not holds({name: value}, values)]
    return f"these fields read otherwise: {', '.join(sorted(other))}"


def _parsed(name: str, value: Any) -> Any:
    """IAM answers a policy parsed, a plan holds its text."""
    return json.loads(value) if name in _JSON_FIELDS and isinstance(value, str) else value
