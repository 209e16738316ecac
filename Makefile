# The one list of commands. Everything lives in .venv at the root; nothing is written to the user's home.
# Modules are compiled once, also where the shell says otherwise: a process then starts in half the time.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready

export OMP_WAIT_POLICY := passive
export PYTHONDONTWRITEBYTECODE :=
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export MLFLOW_DISABLE_TELEMETRY := true
export GX_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1
export AWS_DEFAULT_REGION := us-east-1

.PHONY: help setup up llm test check check-full lint types floors bench format lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: $(STAMP) ## make .venv with everything pinned

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 13) else f"Python {v[0]}.{v[1]} found; Candor needs 3.11 or 3.12. Run: make setup PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

up: setup ## start everything with demo data and open the portal's address
	@$(BIN)/candor up

llm: setup ## fetch a language model for this machine, after asking (SIZE=0.5b for the small one, YES=1 to not ask)
	@$(BIN)/candor llm fetch --size $(or $(SIZE),1.5b) $(if $(YES),--yes)

test: setup ## run the tests, a file at a time in one process more than there are cores (four at most)
	@$(BIN)/pytest -n $$(n=$$(getconf _NPROCESSORS_ONLN); echo $$((n < 3 ? n + 1 : 4))) --dist loadfile --no-loadscope-reorder

lint: setup ## style of the code
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## pyright, strict in lending
	@$(BIN)/pyright

floors: setup ## who may import whom, and honest dependencies
	@$(BIN)/lint-imports && $(BIN)/deptry .

check: setup ## what CI runs: lint, types and floors beside each other, then the tests
	@$(MAKE) --no-print-directory --output-sync=line -j 3 lint types floors
	@$(MAKE) --no-print-directory test

check-full: setup ## the same suites at full size; the result goes into docs/evidence.md
	@CANDOR_SIZE=full $(BIN)/python -m tests.evidence

bench: setup ## measure, as ratios in one run
	@$(BIN)/python -m bench

format: setup ## let ruff rewrite
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

lock: setup ## resolve the pins anew, hashed and without addresses
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements.lock >/dev/null

clean: ## remove the environment and caches; state under var/ stays
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache
