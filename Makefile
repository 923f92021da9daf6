# make demo   see Leadline at work: simulated markets whose truth is known
# make test   set up and pass everything that a change must pass
.DEFAULT_GOAL := help
.SUFFIXES:

VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= out
WORKERS ?= 2
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$candidate -c '$(ENOUGH)' 2>/dev/null && { echo $$candidate; break; }; done)

.PHONY: help demo test check format lint types imports tests slow coverage docs constraints clean

help:
	@echo "make demo   simulate two markets whose truth is known and try the same claim in both"
	@echo "make test   set up .venv, then format, lint, types, imports, tests and docs"
	@echo "make check  the same; make format, docs, slow, coverage, constraints, clean: see Makefile"

demo: $(VENV)/.installed
	@$(BIN)/leadline demo --out $(OUT)

test: check

check: $(VENV)/.dev lint types imports tests

lint: $(VENV)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

tests: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "not slow and not real_data"

slow: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "slow and not real_data"

coverage: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "not slow" --cov --cov-report=term-missing:skip-covered

# What is generated: CLI help, the list of kinds, the map of modules. A test holds them to the code.
docs: $(VENV)/.dev
	$(BIN)/python tools/generate.py

format: $(VENV)/.dev
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

# The newest versions inside pyproject.toml's ranges, written down.
constraints:
	rm -rf build/newest
	$(MAKE) build/newest/bin/python VENV=build/newest
	build/newest/bin/python -m pip --quiet install '.[dev]'
	{ sed -n '/^#/p' constraints.txt; build/newest/bin/python -m pip freeze --exclude leadline; } > build/newest.txt
	mv build/newest.txt constraints.txt

clean:
	rm -rf $(VENV) $(OUT) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Some systems ship Python without ensurepip; their pip then installs a pip into the environment.
$(BIN)/python:
	@test -n "$(PYTHON)" || { \
		echo "Leadline needs Python 3.11 or newer; python3 here is $$(python3 --version 2>&1)." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c '$(ENOUGH)' || { \
		echo "Leadline needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV) && \
		$(PYTHON) -m venv --without-pip $(VENV) && \
		$(PYTHON) -m pip --quiet --python $(VENV) install pip; }

$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Leadline into $(VENV) (once)"
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@echo "Installing what the tests need into $(VENV) (once)"
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@
