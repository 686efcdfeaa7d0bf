"""Every route of the console's API, once: the stack makes them, the console answers, OpenAPI describes them.

Each route of the API has two doors: signed requests (AWS_IAM) at the path itself, and people's access tokens
(JWT) at the same path below `/people`. The page is for everybody: it holds nothing until somebody signs in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PEOPLE = "/people"
PAGE_FOLDER = Path(__file__).parent / "console" / "page"
PAGE = "console.html"
SIGN_IN = "console.json"  # where and how to sign in; made from the configuration, not a file
_PAGE_TYPES = frozenset({".css", ".js", ".svg"})


@dataclass(frozen=True)
class Route:
    """A method and a path, in which `{id}` stands for one segment."""

    method: str
    path: str

    @property
    def key(self) -> str:
        """As API Gateway writes it."""
        return f"{self.method} {self.path}"

    @property
    def is_reading(self) -> bool:
        """Whether a reader may call it: a GET never changes anything."""
        return self.method == "GET"

    def for_people(self) -> Route:
        """The same route, as people call it."""
        return Route(self.method, PEOPLE + self.path)


ROUTES = (
    Route("GET", "/incidents"),
    Route("GET", "/incidents/{id}"),
    Route("POST", "/incidents/{id}/decision"),
    Route("POST", "/incidents/{id}/undo"),
    Route("POST", "/incidents/{id}/verdict"),
    Route("GET", "/baselines"),
    Route("POST", "/baselines"),
    Route("GET", "/planned-changes"),
    Route("POST", "/planned-changes"),
    Route("POST", "/planned-changes/{id}/withdraw"),
)


def page_files() -> dict[str, Path]:
    """The files of the page by the path at which they are served."""
    files = sorted(path for path in PAGE_FOLDER.glob("*") if path.suffix in _PAGE_TYPES)
    return {"/": PAGE_FOLDER / PAGE, **{f"/{path.name}": path for path in files}}


def page_routes() -> tuple[Route, ...]:
    """What is answered without asking who calls."""
    return tuple(Route("GET", path) for path in (*page_files(), f"/{SIGN_IN}"))
