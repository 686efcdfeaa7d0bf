"""Reads the deployment configuration and writes the templates, for `make synth` and the CDK command line."""

import sys

from stacks.assembly import default_outdir, synthesize
from stacks.config import ConfigurationError

if __name__ == "__main__":
    try:
        synthesize(default_outdir())
    except ConfigurationError as error:
        sys.exit(f"app.py: {error}")
