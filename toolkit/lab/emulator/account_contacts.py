"""Gap: ministack 1.5.33 keeps no alternate contacts of an account, and asks no policy about the account.

Account Management API reference, PutAlternateContact, GetAlternateContact and DeleteAlternateContact.
"""

import functools
from collections.abc import Mapping
from typing import Any, Final

from toolkit.lab.emulator.internals import ministack

_TYPES: Final = ("BILLING", "OPERATIONS", "SECURITY")
_MEMBERS: Final = ("Name", "Title", "EmailAddress", "PhoneNumber")


@functools.cache
def install() -> None:
    """Keep one contact of each type in each account."""
    service, responses = ministack("services.account"), ministack("core.responses")
    contacts = responses.AccountScopedDict()
    forget = service.reset

    def reset() -> None:
        contacts.clear()
        forget()

    def put(asked: Mapping[str, Any]) -> Any:
        if error := _error(service, asked, _MEMBERS):
            return error
        kind = str(asked["AlternateContactType"])
        contacts[kind] = {**{member: str(asked[member]) for member in _MEMBERS}, "AlternateContactType": kind}
        return service._json(200, {})

    def get(asked: Mapping[str, Any]) -> Any:
        if error := _error(service, asked, ()):
            return error
        found = contacts.get(asked["AlternateContactType"])
        return _absent(service) if found is None else service._json(200, {"AlternateContact": found})

    def delete(asked: Mapping[str, Any]) -> Any:
        if error := _error(service, asked, ()):
            return error
        found = contacts.pop(asked["AlternateContactType"], None)
        return _absent(service) if found is None else service._json(200, {})

    # Without its routes ministack finds no action in a call, and lets it pass.
    ministack("core.iam_actions")._BOTOCORE_SERVICE_MAP["account"] = ["account"]
    service.reset = reset
    service._DISPATCH |= {
        "/putAlternateContact": put,
        "/getAlternateContact": get,
        "/deleteAlternateContact": delete,
    }


def _absent(service: Any) -> Any:
    message = "No contact of the inputted alternate contact type found."
    return service.error_response_json("ResourceNotFoundException", message, 404)


def _error(service: Any, asked: Mapping[str, Any], members: tuple[str, ...]) -> Any:
    """Refuse what is not known or missing, and other accounts: those are for an organization's owner."""
    if asked.get("AlternateContactType") not in _TYPES or not all(asked.get(member) for member in members):
        return service.error_response_json(
            "ValidationException", "The input fails to satisfy the constraints."
        )
    if asked.get("AccountId", ministack("core.responses").get_account_id()) != (
        ministack("core.responses").get_account_id()
    ):
        return service.error_response_json("AccessDeniedException", "You don't have permission.", 403)
    return None
