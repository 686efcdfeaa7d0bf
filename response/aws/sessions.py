"""botocore sessions that share what is the same for all of them: the descriptions of AWS's APIs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from botocore.loaders import create_loader
from botocore.session import Session

if TYPE_CHECKING:
    from botocore.loaders import Loader


def new_session() -> Session:
    """A botocore session of its own, for one set of credentials; not safe to share between threads.

    Each session would read and parse the descriptions anew, which are large, and a step makes one for every
    role that it assumes.
    """
    session = Session()
    session.register_component("data_loader", _descriptions())
    return session


@cache
def _descriptions() -> Loader:
    """Read once and kept while the function is warm."""
    return create_loader()
