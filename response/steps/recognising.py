"""Recognising the responder's own calls: what an executed action, or an undo of one, planned, and no more."""

from __future__ import annotations

from collections.abc import Iterator

from response.aws.actions import ActionStatus, StoredAction
from response.aws.store import IncidentStore
from response.domain.incident import is_incident_id
from response.domain.plan import ActionKind
from response.domain.record import Record
from response.domain.responder import ActionRun, own_change
from response.domain.undo import PREFIX
from response.settings import Settings

_EXECUTED = (ActionStatus.RUNNING, ActionStatus.DONE, ActionStatus.FAILED)
_SESSION_PREFIX = "tg-"
_INCIDENT_ID_LENGTH = len("TG-20260131-0123abcd")


def own_incident(record: Record, store: IncidentStore, settings: Settings) -> str | None:
    """The incident whose executed action, or undo, this record shows; None if it is no call of ours."""
    named, action_id = _named_in(record)
    if not named or not action_id:
        return None
    account = record.actor.account or record.account
    roles = {
        ActionKind.RESTORE: settings.restorer_arn(account),
        ActionKind.CONTAIN: settings.container_arn(account),
    }
    for stored in _entries(store, named, action_id):
        role = roles[stored.action.kind]
        run = ActionRun(named, stored.action, role, stored.started_at, stored.finished_at)
        if stored.status in _EXECUTED and own_change(record, run):
            return stored.incident_id
    return None


def incident_named_in(record: Record) -> str:
    """The incident that the session's name claims to act for, or `""`; whoever holds the role chose it."""
    return _named_in(record)[0]


def _named_in(record: Record) -> tuple[str, str]:
    """Incident and action that the name of the role session holds."""
    if not record.actor.session_name.startswith(_SESSION_PREFIX):
        return "", ""
    session = record.actor.session_name.removeprefix(_SESSION_PREFIX)
    named, action_id = session[:_INCIDENT_ID_LENGTH], session[_INCIDENT_ID_LENGTH + 1 :]
    return (named, action_id) if is_incident_id(named) else ("", "")


def _entries(store: IncidentStore, named: str, action_id: str) -> Iterator[StoredAction]:
    if action_id.startswith(PREFIX):
        for undo in store.undos.named(named, action_id.removeprefix(PREFIX)):
            yield undo.entry
    else:
        yield from store.actions.named(named, action_id)
