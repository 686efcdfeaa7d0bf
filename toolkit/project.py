"""Where the project lies: the lab synthesizes its stacks, and its policy is the default one."""

from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parent.parent
