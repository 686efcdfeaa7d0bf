"""What AWS remembers of a session and ministack 1.5.33 does not: source identity, MFA, provider, workload.

Kept beside ministack's own entry of the session, so that a reset forgets both.
"""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from toolkit.lab.emulator.internals import ministack

_KEY: Final = "trailguard"


@dataclass(frozen=True)
class SessionFacts:
    """What the session was begun with. `federation` is CloudTrail's webIdFederationData."""

    source_identity: str = ""
    mfa: bool = False
    from_console: bool = False
    federation: Mapping[str, Any] | None = None
    in_scope_of: Mapping[str, str] | None = None
    ec2_role_delivery: str = ""


_NOTHING = SessionFacts()


def session_of(access_key_id: str) -> dict[str, Any] | None:
    """Return ministack's entry of a session; None for a long-term key."""
    session: dict[str, Any] | None = ministack("services.sts")._sessions.get(access_key_id)
    return session


def facts_of(access_key_id: str) -> SessionFacts:
    """Return what is remembered of a session; for any other key, nothing."""
    facts = (session_of(access_key_id) or {}).get(_KEY)
    return facts if isinstance(facts, SessionFacts) else _NOTHING


def note(access_key_id: str, **known: Any) -> None:
    """Remember more of a session that exists."""
    if (session := session_of(access_key_id)) is not None:
        session[_KEY] = dataclasses.replace(facts_of(access_key_id), **known)


def begin(entry: Mapping[str, Any], *, seconds: int, **known: Any) -> dict[str, str]:
    """Begin a session that no STS call asked for, and return it as keyword arguments of a client."""
    iam, sts = ministack("services.iam"), ministack("services.sts")
    key, secret, token = iam._gen_session_access_key(), iam._gen_secret(), iam._gen_session_token()
    sts.register_session(
        key,
        {**entry, "SecretAccessKey": secret, "SessionToken": token, "Expiration": time.time() + seconds},
    )
    note(key, **known)
    return {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}
