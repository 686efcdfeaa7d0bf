"""Gap: ministack 1.5.33 checks the grammar of a condition anew for each item that a query looks at."""

import functools

from toolkit.lab.emulator.internals import ministack

_DIFFERENT = 1024


@functools.cache
def install() -> None:
    """Check each expression once; a table knows a few dozen."""
    service = ministack("services.dynamodb")
    service._condition_syntax_error = functools.lru_cache(_DIFFERENT)(service._condition_syntax_error)
