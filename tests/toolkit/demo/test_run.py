"""The exit code of the demonstration, without the minute that a real run takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from toolkit import demo
from toolkit.demo.check import Check
from toolkit.output import ExitCode

RunWith = Callable[[list[Check]], ExitCode]


@pytest.fixture
def run_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RunWith:
    """Run the demonstration with a story that ends in these checks."""

    @contextmanager
    def lab() -> Iterator[Any]:
        yield SimpleNamespace(endpoint="http://127.0.0.1:1")

    class Told:
        """A story that was told before."""

        def __init__(self, *_: Any, **__: Any) -> None:
            self.watcher = SimpleNamespace(
                summary=lambda checks, _: {"checks": [check.holds for check in checks]}
            )

        def tell(self) -> None:
            """Nothing more."""

    def run(checks: list[Check]) -> ExitCode:
        for name, stand_in in {
            "running": lab,
            "synthesize_once": lambda _: tmp_path,
            "set_up": lambda *_: None,
            "Story": Told,
            "check_all": lambda *_: checks,
            "keep": lambda *_, **__: ["checks.json"],
        }.items():
            monkeypatch.setattr(demo, name, stand_in)
        return demo.run(tmp_path / "demo", interactive=False, as_json=True)

    return run


@pytest.mark.parametrize(("second", "code"), [(True, ExitCode.DONE), (False, ExitCode.REFUSED)])
def test_one_check_that_does_not_hold_is_told_by_the_exit_code(
    run_with: RunWith, capsys: pytest.CaptureFixture[str], second: bool, code: ExitCode
) -> None:
    """The rest is shown all the same, the failed one as such, and --json has them all."""
    assert run_with([Check("first", holds=True, found="a"), Check("second", holds=second, found="b")]) == code
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"checks": [True, second]}
    assert "ok     first" in printed.err
    assert f"{'ok    ' if second else 'FAILED'} second" in printed.err
