"""A JSON file that anybody may read, fetched without credentials, within bounds of time and size."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib import error, request

from response.aws.clock import Clock
from response.aws.errors import RefusedCallError, RetryableError

_SECONDS = 3
_WHOLE = timedelta(seconds=10)  # the time-out above is for each read; a server that drips must not hold us
_CHUNK = 1024 * 1024


class _NoRedirects(request.HTTPRedirectHandler):
    """A redirection could lead from https to anywhere; the published addresses have none."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow none."""
        return


def fetch_json(name: str, url: str, *, clock: Clock, most_bytes: int) -> Any:
    """The document at `url`, which the caller has checked to be https or this machine.

    RetryableError where it cannot be had, RefusedCallError where it is not JSON; `name` says what it is.
    """
    opener = request.build_opener(_NoRedirects)
    try:
        with opener.open(url, timeout=_SECONDS) as answer:
            text = b"".join(_chunks(name, url, answer, clock=clock, most_bytes=most_bytes))
    except error.HTTPError as failure:
        raise RefusedCallError(name, str(failure.code), f"{url}: {failure.reason}") from failure
    except (OSError, http.client.HTTPException) as failure:
        raise RetryableError(name, type(failure).__name__, f"{url}: {failure}") from failure
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as failure:
        raise RefusedCallError(name, "NotJson", f"{url}: the file is not JSON") from failure


def _chunks(
    name: str, url: str, answer: http.client.HTTPResponse, *, clock: Clock, most_bytes: int
) -> Iterator[bytes]:
    read, deadline = 0, clock.now() + _WHOLE
    while chunk := answer.read1(_CHUNK):
        read += len(chunk)
        if read > most_bytes:
            raise RefusedCallError(name, "TooLarge", f"{url}: more than {most_bytes} bytes")
        if clock.now() > deadline:
            raise RetryableError(name, "Timeout", f"{url}: not read within {_WHOLE}")
        yield chunk
