"""`python -m toolkit` is the `trailguard` command."""

from toolkit.cli import main

main()
