# `make` prints its own help: every target with a `##` beside it.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# More arguments: make up ARGS="--kafka apache", make test ARGS="-k resume"
ARGS ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# --no-build-isolation: what builds our own package comes from the lock too.
OURSELVES := $(PIP) install --no-deps --no-build-isolation -e .
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" --group build pyproject.toml

.PHONY: help install dev up test faults unit simulate check format bench native schemas screenshots lock clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.runtime ## the locked environment in .venv (needs Python 3.11 or newer, nothing else)

dev: $(VENV)/.dev ## the same, with what tests and checks need

up: $(VENV)/.runtime ## everything on this machine, with a sample wire; Ctrl-C ends it
	@$(BIN)/alerts up $(ARGS)

test: $(VENV)/.dev ## all tests that this machine can run; installs browser, Redis, Java, Maven if it may
	@.ci/packages
	@$(BIN)/pytest $(ARGS)

faults: $(VENV)/.dev ## the fault tests, also those that take long: three Kafka nodes, stops of 30 s, half an hour of churn
	@.ci/packages
	@$(BIN)/pytest tests/faults --long --durations=0 $(ARGS)

unit: $(VENV)/.dev ## the tests that do no I/O, in seconds
	@$(BIN)/pytest tests/unit $(ARGS)

simulate: $(VENV)/.dev ## thousands of schedules of crashes and delays, in memory; prints the seeds that break something
	@$(BIN)/python tests/simulation/simulate.py $(ARGS)

check: $(VENV)/.dev ## format, lint, types, architecture, rules: what CI checks before it tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/alerts rules test

format: $(VENV)/.dev ## put every file into shape
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## the benchmarks: each prints a ratio against a peer or a limit
	@for each in benchmarks/bench_*.py; do echo "== $$each"; $(BIN)/python "$$each" $(ARGS) || exit; done

native: $(VENV)/.runtime ## optional: the gateway's helper in C, which makes its fan-out faster (needs a C compiler and Python's headers)
	@set -e; built="$$($(BIN)/python -c 'from consumers.gateway.burst import LIBRARY; print(LIBRARY)')"; \
		$(CC) -O2 -Wall -Wextra -shared -fPIC -o "$$built" consumers/gateway/native/burst.c \
		-I"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))')"; echo "built $$built"

schemas: $(VENV)/.dev ## write alerts/schemas/*.json from the classes, for review
	@for each in article candidate action alert audit wire asyncapi; do \
		$(BIN)/alerts schema $$each > alerts/schemas/$$each.json || exit; done

screenshots: $(VENV)/.dev ## the README's pictures, from the sample wire (docs/page*.png)
	@$(BIN)/python .dev/screenshot.py docs

lock: $(VENV)/.dev ## bring the lock files up to what pyproject.toml asks for
	$(LOCK) --upgrade -o requirements.lock
	$(LOCK) --upgrade --group dev --constraint requirements.lock -o requirements-dev.lock

clean: ## remove .venv and what `alerts up` keeps in .flashwire
	rm -rf $(VENV) .flashwire

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "there is no $(PYTHON) here: install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is $$($(PYTHON) --version); Python 3.11 or newer is needed. Name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "$(PYTHON) cannot make environments (Debian: apt-get install python3-venv)"; exit 1; }

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing what requirements.lock pins into $(VENV)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(OURSELVES)
	@touch $@

# Holds everything of the other lock at the same versions.
$(VENV)/.dev: requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing what requirements-dev.lock pins into $(VENV)"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(OURSELVES)
	@touch $(VENV)/.runtime $@
