"""The code of functions is compiled once, whichever folder it is read from."""

import subprocess
import sys
from pathlib import Path

import pytest

from toolkit.lab.emulator import bytecode


def _folder(root: Path, name: str, **modules: str) -> Path:
    folder = root / name
    (folder / "package").mkdir(parents=True)
    for module, code in {"package/__init__": "", **modules}.items():
        (folder / f"{module}.py").write_text(code, encoding="utf-8")
    return folder


def _run(folder: Path, statement: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-B", "-c", statement], cwd=folder, check=False, capture_output=True, text=True
    )
    return ran.stdout + ran.stderr


def test_a_module_is_loaded_from_what_was_compiled(tmp_path: Path) -> None:
    """The source is not read any more, and a traceback names the folder that the module is in."""
    for name in ("first", "second"):
        folder = _folder(tmp_path, name, told="def fail(): raise ValueError('no')")
        bytecode.give(folder)
    (folder / "told.py").write_text("", encoding="utf-8")
    told = _run(folder, "import told; told.fail()")
    assert f"{folder / 'told.py'}" in told
    assert "ValueError: no" in told


@pytest.mark.parametrize("written", ["answer = 1", "answer = 2"])
def test_other_code_is_other_bytecode(tmp_path: Path, written: str) -> None:
    """What was compiled for a module of the same name is not taken for it."""
    folder = _folder(tmp_path, "here", told=written)
    bytecode.give(folder)
    assert list((folder / "__pycache__").glob("told.*.pyc"))
    assert written[-1] in _run(folder, "import told; print(told.answer)")


def test_code_that_does_not_compile_is_left(tmp_path: Path) -> None:
    """It fails where it is imported, with the error that names the line."""
    folder = _folder(tmp_path, "here", broken="def (", told="answer = 1")
    bytecode.give(folder)
    assert "SyntaxError" in _run(folder, "import broken")
    assert _run(folder, "import told; print(told.answer)") == "1\n"
