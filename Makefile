# Everything a newcomer types. Needs Python 3.11 or newer with venv, and make.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := .tools/bin/uv
UV_VERSION := 0.13.9
UV_READY := .tools/uv-$(UV_VERSION).ready
export UV_SYSTEM_CERTS := 1
export UV_PYTHON_DOWNLOADS := never
export VIRTUAL_ENV := $(CURDIR)/.venv

MEMBERS := $(patsubst %/pyproject.toml,%,$(wildcard libs/*/pyproject.toml services/*/pyproject.toml deploy/*/pyproject.toml))
MANIFESTS := pyproject.toml $(MEMBERS:%=%/pyproject.toml)
OWN := $(shell sed -n 's/^name = "\(banli[a-z-]*\)"/\1/p' $(MANIFESTS) | sort)

COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
  --python-version 3.11 $(OWN:%=--no-emit-package %) --group dev $(MEMBERS:%=%/pyproject.toml)

PY := .venv/bin/python
SOURCES = $(wildcard libs/*/src services/*/src deploy/*/src)
.PHONY: help install lock up down status secrets test check audit demo bench format

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

install: .venv/.installed ## Make .venv with everything in it

$(UV_READY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Banli needs Python 3.11 or newer; '$(PYTHON)' is older or missing." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv module is missing: install the package python3-venv, then try again." >&2; exit 1; }
	@echo "== tools: uv $(UV_VERSION)"
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) \
	  || { echo "The package registry cannot be reached, or does not carry uv $(UV_VERSION)." >&2; exit 1; }
	@touch $@

.venv/.installed: $(UV_READY) requirements.lock $(MANIFESTS)
	@test -x .venv/bin/python || $(UV) venv --quiet --python "$$(command -v $(PYTHON))" .venv
	@echo "== packages: about 150 MB the first time"
	@$(UV) pip install --quiet --require-hashes -r requirements.lock \
	  || { echo "The packages could not be installed: is the package registry within reach?" >&2; exit 1; }
	@$(UV) pip install --quiet --no-deps $(MEMBERS:%=-e %)
	@touch $@

lock: $(UV_READY) ## Resolve the dependencies anew, keeping the pins that still fit
	$(COMPILE) -o requirements.lock

up: install ## Start Kafka, PostgreSQL and the four services in the background
	@$(PY) -m banli_local up

down: install ## Stop them; the data stays
	@$(PY) -m banli_local down

status: install ## Show what runs
	@$(PY) -m banli_local status

secrets: install ## Write deploy/secrets, which deploy/compose.yaml reads; what is there stays
	@$(PY) -m banli_local.containers deploy/secrets

test: install ## Run the tests: the quick ones first, then those with real servers
	@$(PY) -m pytest $(or $(ARGS),-n 2 --dist loadfile --no-loadscope-reorder)

check: install ## Check style, types, boundaries, generated files and locks
	@echo "== style"
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@echo "== types"
	@.venv/bin/mypy $(SOURCES)
	@echo "== boundaries"
	@.venv/bin/lint-imports --no-logo --config pyproject.toml
	@echo "== locks and generated files"
	@cp requirements.lock .tools/fresh.lock && $(COMPILE) -o .tools/fresh.lock && cmp -s requirements.lock .tools/fresh.lock \
	  || { echo "requirements.lock does not fit the pyproject files; run: make lock" >&2; exit 1; }
	@if test -f docs/generate.py; then $(PY) docs/generate.py --check; fi

audit: install ## Ask for known holes in all that is locked; needs the network, so no part of check
	@$(PY) -m banli_local.holes

format: install ## Put the style right
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

demo: install ## Simulate a year of cases; SABOTAGE=... breaks something on the way
	@SABOTAGE="$(SABOTAGE)" $(PY) -m banli_demo $(ARGS)

bench: install ## Measure how fast, how late and how large
	@$(PY) -m banli_bench $(ARGS)
