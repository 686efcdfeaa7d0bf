# Everything a newcomer needs: each target sets up .venv by itself.
#   make demo    an attack and its answer, on the embedded AWS
#   make lab     the embedded AWS with the stack deployed, until Ctrl-C
#   make synth   the templates, in cdk.out
#   make test    the tests
#   make check   lint, types, import law
#   make format  let ruff mend what it can
#   make lock    resolve requirements.lock anew (needs uv)
#   make clean   remove .venv, build and cdk.out

# The first Python on this machine that serves (3.11 to 3.14) and can make virtual environments.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PINNED := $(VENV)/.pinned
STAMP := $(VENV)/.installed
# A shell that carries settings of another project must not reach into this one.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
# The command is started many times; compile it once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check synth lab format lock clean
.DEFAULT_GOAL := help

help:
	@sed -n '/^#   make/s/^# *//p' Makefile

# Two steps: the pinned dependencies, and the project itself, which a change of pyproject.toml only installs anew.
$(PINNED): requirements.lock
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 to 3.14 with venv found; install one, or say make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version); this takes a minute or two, once" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@touch $@

$(STAMP): $(PINNED) pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)
	@$(BIN)/trailguard demo

lab: $(STAMP)
	@$(BIN)/trailguard lab up

synth: $(STAMP)
	@$(BIN)/python app.py

# Three on two cores: the end-to-end tests wait for the embedded AWS half of their time.
test: $(STAMP)
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# Needs uv (https://docs.astral.sh/uv/); resolves for every Python and platform at once.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --output-file requirements.lock

clean:
	rm -rf $(VENV) build cdk.out
