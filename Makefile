# The doors of the house. Each one does its own set-up first: a fresh machine needs Python and make, nothing else.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup demo test test-slow check bench clean

PYTHON ?= python3
ARGS ?=
WORKERS ?= auto

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq install --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest
SETTINGS := pyproject.toml constraints.txt envs/gymnasium_plugin.py envs/gymnasium_plugin.pth

# One thread a process: cores go to test workers and to shards of worlds, and pools of threads inside those would
# fight over them. It also keeps the order of sums, and so every result, the same on machines of any size.
export OMP_NUM_THREADS := 1
export NUMBA_NUM_THREADS := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

help:  ## Show this list
	@echo "make WHAT, where WHAT is one of"
	@sed -n 's/^\([a-z-]*\):.*  ## /  \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14
	@echo "with ARGS=\"...\" for crossroads (make demo ARGS=--help) or pytest (make test ARGS=-x)"

setup: $(VENV)/.installed  ## Make .venv with the pinned dependencies and this project

demo: $(VENV)/.installed  ## See what this project does, in a few minutes
	@$(BIN)/crossroads demo $(ARGS)

test: $(VENV)/.installed  ## Test all that is fast, then the kernels again, checked and uncompiled
	@echo "tests: everything, with checked shapes"
	@$(PYTEST) -n $(WORKERS) -m "not slow" $(ARGS)
	@echo "tests: bad input as users meet it, where no annotation speaks first"
	@$(PYTEST) -o addopts="--import-mode=importlib -q" -n $(WORKERS) -m "not slow" tests/contracts/test_bad_*.py \
	    tests/agents/test_bad_input.py tests/agents/test_predict.py tests/agents/test_table.py $(ARGS)
	@echo "tests: kernels with checked bounds"
	@NUMBA_BOUNDSCHECK=1 $(PYTEST) -n $(WORKERS) -m "not slow" tests/kernels $(ARGS)
	@echo "tests: kernels without the compiler"
	@NUMBA_DISABLE_JIT=1 $(PYTEST) -n $(WORKERS) -m "not slow" tests/kernels $(ARGS)

test-slow: $(VENV)/.installed  ## Test what trains or measures for longer
	@$(PYTEST) -m slow $(ARGS)

check: $(VENV)/.installed  ## Lint, format, types, layers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/pyright
	@$(BIN)/lint-imports

bench: $(VENV)/.installed-peers  ## Print the table of speeds
	@$(BIN)/crossroads bench $(ARGS)

clean:  ## Remove .venv and everything that can be made again
	@rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null \
	    || { echo "Python 3.11 or newer is needed, '$(PYTHON)' is $$($(PYTHON) --version 2>&1)."; \
	         echo "Name another one: make PYTHON=python3.12 ..."; exit 1; } >&2
	@echo "setup: making $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null \
	    || { rm -rf $(VENV); echo "'$(PYTHON)' cannot make environments: install its venv module (Debian: python3-venv)."; exit 1; } >&2

# PyTorch comes first: what depends on it would pull another, larger build. Hatchling builds this project.
$(VENV)/.installed: $(SETTINGS) | $(BIN)/python
	@echo "setup: installing the pinned dependencies (once, a few minutes)"
	@$(PIP) torch==2.13.0 hatchling
	@$(PIP) --no-build-isolation --editable ".[dev]"
	@touch $@

$(VENV)/.installed-peers: $(VENV)/.installed
	@echo "setup: installing the peers to compare with"
	@$(PIP) --no-build-isolation --editable ".[dev,peers]"
	@touch $@
