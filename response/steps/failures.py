"""Failures that must not stop the rest of the work, kept until all of it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from response.domain.errors import TrailguardError


class Failures:
    """What failed so far, in words. Only our own errors are kept: a mistake in the code stops the run."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @contextmanager
    def noted(self, what: str) -> Iterator[None]:
        """Keep the error raised inside, under the name of what was tried, and go on."""
        try:
            yield
        except TrailguardError as error:
            self.texts.append(f"{what}: {error}")
