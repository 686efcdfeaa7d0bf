"""What a request says and how an answer looks: API Gateway HTTP API, payload format 2.0.

A request is untrusted in every part. An answer is never cached, never sniffed, never framed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from response.domain.errors import TrailguardError

BODY_LIMIT = 16 * 1024
_JSON = "application/json"
_PROBLEM = "application/problem+json"
HEADERS: Mapping[str, str] = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000",
    "x-content-type-options": "nosniff",
}


class ProblemError(TrailguardError):
    """An answer that is a refusal: HTTP status, stable code, and a sentence for a person (RFC 9457).

    `more` are members of the problem document beside these, for a program.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers or {}
        self.more = more or {}


_TITLES: Mapping[int, str] = {
    400: "The request cannot be read",
    401: "Who calls is not known",
    403: "Refused",
    404: "Not found",
    405: "Method not allowed",
    409: "In conflict with what is",
    413: "The body is too large",
    500: "Something failed here",
    502: "Another service does not answer as it must",
    503: "Busy, try again",
}


@dataclass(frozen=True)
class Request:
    """One request. `authorizer` is what API Gateway knows of the caller, and the only source of identity."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    is_base64: bool = False
    authorizer: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, event: object) -> Request:
        """Read an event; ProblemError where it is none of payload format 2.0."""
        given = _mapping(event)
        context = _mapping(given.get("requestContext"))
        method, path = _mapping(context.get("http")).get("method"), given.get("rawPath")
        if not isinstance(method, str) or not isinstance(path, str):
            raise ProblemError(400, "malformed", "expected an HTTP API event of payload format 2.0")
        body = given.get("body")
        query = _mapping(given.get("queryStringParameters"))
        return cls(
            method=method,
            path=path,
            query={str(name): str(value) for name, value in query.items()},
            body=body if isinstance(body, str) else None,
            is_base64=given.get("isBase64Encoded") is True,
            authorizer=_mapping(context.get("authorizer")),
        )

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; ProblemError says what is wrong with it. No body is an empty object."""
        text = self._text()
        if not text.strip():
            return {}
        try:
            document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise ProblemError(400, "malformed", f"the body is not JSON: {str(error)[:200]}") from error
        if not isinstance(document, dict):
            raise ProblemError(400, "malformed", "the body is not a JSON object")
        return document

    def _text(self) -> str:
        """The body decoded, within the limit."""
        given = self.body or ""
        if len(given) > 2 * BODY_LIMIT:  # base64 takes a third more, so this is too much either way
            raise _too_large()
        try:
            raw = base64.b64decode(given, validate=True) if self.is_base64 else given.encode()
            text = raw.decode()
        except ValueError as error:  # bad base64 and bad UTF-8 both, and base64 that is not ASCII
            raise ProblemError(400, "malformed", "the body is neither UTF-8 nor base64 of it") from error
        if len(raw) > BODY_LIMIT:
            raise _too_large()
        return text


def answer(status: int, document: Mapping[str, Any], *, location: str = "") -> dict[str, Any]:
    """A JSON answer."""
    headers = {"location": location} if location else {}
    return _response(status, document, _JSON, headers)


def problem(error: ProblemError) -> dict[str, Any]:
    """A refusal as a problem document."""
    document = {
        **error.more,
        "type": f"urn:trailguard:problem:{error.code}",
        "title": _TITLES.get(error.status, "Refused"),
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    return _response(error.status, document, _PROBLEM, error.headers)


def method_not_allowed(request: Request, methods: Sequence[str]) -> ProblemError:
    """The refusal of a method, with those that the path takes."""
    allowed = ", ".join(methods)
    return ProblemError(
        405,
        "method_not_allowed",
        f"{request.method[:20]!r}: this path takes {allowed}",
        headers={"allow": allowed},
    )


def _response(
    status: int, document: Mapping[str, Any], content_type: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": content_type, **HEADERS, **headers},
        "body": json.dumps(document, ensure_ascii=True),
        "isBase64Encoded": False,
    }


def _too_large() -> ProblemError:
    return ProblemError(413, "body_too_large", f"the body has more than {BODY_LIMIT} bytes")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key that stands twice could be read differently by who checks and by who acts."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands more than once in one object")
    return document


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
