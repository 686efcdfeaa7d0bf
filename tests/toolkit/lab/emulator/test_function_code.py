"""The code of functions is extracted and compiled once, whichever process reads it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from toolkit.lab.emulator.function_code import Archives


def _extract(root: Path, name: str, **modules: str) -> Path:
    """As ministack does it for one process: an archive and an empty folder beside each other."""
    (folder := root / name / "code").mkdir(parents=True)
    path = root / name / "code.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for module, code in {"package/__init__": "", **modules}.items():
            archive.writestr(f"{module}.py", code)
    with Archives().ZipFile(str(path)) as archive:
        archive.extractall(str(folder))
    return folder


def _run(folder: Path, statement: str) -> str:
    """What a process prints that has the folder as Lambda gives it: in front of the path."""
    command = [sys.executable, "-B", "-c", f"import sys; sys.path[0] = {str(folder)!r}; {statement}"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    return ran.stdout + ran.stderr


def test_equal_code_is_extracted_and_compiled_once(tmp_path: Path) -> None:
    """Each process has a folder of its own, which its tracebacks name."""
    code = "def fail(): raise ValueError('no')"
    first, second = (_extract(tmp_path, name, told=code) for name in ("first", "second"))
    assert first.resolve() == second.resolve()
    assert list(second.glob("__pycache__/told.*.pyc"))
    told = _run(second, "import package, told; told.fail()")
    assert f'File "{second}/told.py", line 1, in fail' in told
    assert "ValueError: no" in told


@pytest.mark.parametrize("answer", ["1", "2"])
def test_other_code_is_another_place(tmp_path: Path, answer: str) -> None:
    """What was extracted for a module of the same name is not taken for it."""
    folder = _extract(tmp_path, "here", told=f"answer = {answer}")
    assert _run(folder, "import told; print(told.answer)") == f"{answer}\n"


def test_a_module_that_does_not_compile_is_left(tmp_path: Path) -> None:
    """It fails where it is imported, with the error that names it; the others work."""
    folder = _extract(tmp_path, "here", broken="def (", told="answer = 1")
    assert "SyntaxError" in _run(folder, "import broken")
    assert _run(folder, "import told; print(told.answer)") == "1\n"


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    """As by zipfile, and once more when it is tried again."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code.zip").write_bytes(b"PK, they said")
    for _attempt in range(2):
        with pytest.raises(zipfile.BadZipFile), Archives().ZipFile(str(tmp_path / "code.zip")) as archive:
            archive.extractall(str(tmp_path / "code"))
    assert Archives().BadZipFile is zipfile.BadZipFile
