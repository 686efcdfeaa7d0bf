"""Carrying out a planned call: only operations on a list, one at a time, with patience for busy APIs."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any

from botocore import xform_name

from response.aws.clock import Clock
from response.aws.errors import RefusedCallError, translated
from response.aws.pacing import Pacer, with_retries
from response.domain.plan import Call

# CloudTrail's model asks to wait "a few minutes" on ConflictException; a function may run for fifteen.
DEFAULT_BUDGET = timedelta(minutes=5)


class CallRunner:
    """Makes planned calls of one service, and no others.

    `client_for` gives the boto3 client of a region; `allowed` holds API operation names.
    """

    def __init__(
        self,
        client_for: Callable[[str], Any],
        *,
        service: str,
        allowed: AbstractSet[str],
        clock: Clock,
        pacer: Pacer,
        budget: timedelta = DEFAULT_BUDGET,
    ) -> None:
        self._client_for = client_for
        self._service = service
        self._allowed = allowed
        self._clock = clock
        self._pacer = pacer
        self._budget = budget

    def apply(self, call: Call) -> str:
        """Make the call; the request id that AWS gave it, by which the record of it can be found."""
        name = f"{call.service}:{call.operation}"
        if call.service != self._service or call.operation not in self._allowed:
            listed = ", ".join(sorted(self._allowed))
            raise RefusedCallError(
                name, "NotOnTheList", f"only these operations of {self._service} are made: {listed}"
            )
        method = getattr(self._client_for(call.region), xform_name(call.operation))

        def attempt() -> str:
            self._pacer.wait()
            with translated(name):
                answer = method(**call.parameters)
            return str(answer.get("ResponseMetadata", {}).get("RequestId", ""))

        return with_retries(attempt, clock=self._clock, budget=self._budget)
