# The verbs of this project: `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# What a run of the tests is made of: override any, as in `make leg PG=16 ARGS="-k guard"`.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do \
	"$$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null \
	&& echo "$$name" && break; done)
VENV ?= .venv
DJANGO ?= newest
DRIVER ?= psycopg2
PG ?= 18
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n > 8 ? 8 : n)))
ARGS ?=

BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH_READY := $(VENV)/.bench-ready
# Comes first on the path where a leg asks for it: far smaller than a second environment.
DJANGO_5_2 := $(VENV)/django-5.2

.PHONY: help demo test test-all test-services coverage lint format bench bench-cliffs bench-feed \
	bench-full wheel clean leg

help:  ## List the verbs
	@sed -nE 's/^([a-z-]+):.*  ## (.*)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) \
		| while IFS='|' read -r verb text; do printf '%-20s %s\n' "$$verb" "$$text"; done

demo: $(READY)  ## Show it: declare, migrate, write, read the audit rows (about a minute)
	@$(BIN)/python -m tests.demo

test: $(BENCH_READY) $(DJANGO_5_2)  ## Run all tests, then a short proof on older versions
	@$(MAKE) leg ARGS='-n $(WORKERS) -m "not services"'
	@$(MAKE) leg DJANGO=5.2 DRIVER=psycopg PG=16 ARGS='-m proof'

coverage: $(BENCH_READY)  ## Run all tests, half as long again, and tell what none of them ran
	@$(MAKE) leg ARGS='-n $(WORKERS) -m "not services" --cov --cov-report=term'

test-all:  ## Run all tests on every Python, Django, PostgreSQL and driver found
	@.ci/test-all

test-services: $(READY)  ## Run what needs system packages: PostgreSQL, PgBouncer, Redis
	@.ci/test-services

lint: $(READY)  ## Check style, types and SQL
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar sql_templates

format: $(READY)  ## Mend what lint can mend by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --disable-progress-bar sql_templates

bench: $(BENCH_READY)  ## Measure ours beside its peers (under three minutes)
	@$(BIN)/python -m tests.benchmarks $(ARGS)

bench-full: $(BENCH_READY)  ## The same with more rows and rounds, and the cliffs (half an hour)
	@$(MAKE) bench ARGS='--full $(ARGS)'

bench-cliffs: $(BENCH_READY)  ## Measure what must not be slow on a bad day
	@$(BIN)/python -m tests.benchmarks.cliffs $(ARGS)

bench-feed: $(BENCH_READY)  ## Measure what the feed delivers, and what it costs writers
	@$(BIN)/python -m tests.benchmarks.feed $(ARGS)

wheel: $(READY)  ## Build the wheel and the source archive into dist/
	@$(BIN)/python -m build --outdir dist .

clean:  ## Remove all that the verbs made, the environments included
	@rm -rf .venv .venvs dist build .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -prune -exec rm -rf {} +

# One run of the tests on chosen versions; tests/test_environment.py proves what it ran on.
leg: $(READY) $(if $(filter 5.2,$(DJANGO)),$(DJANGO_5_2))
	@echo "== $$($(BIN)/python --version), Django $(DJANGO), $(DRIVER), PostgreSQL $(PG)"
	@DJANGO=$(DJANGO) DRIVER=$(DRIVER) PG=$(PG) \
		PYTHONPATH='$(if $(filter 5.2,$(DJANGO)),$(CURDIR)/$(DJANGO_5_2))' \
		$(BIN)/python -m pytest $(ARGS)

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Needs Python 3.10 or newer with venv (Debian: apt-get install python3-venv)."; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version), which downloads some 150 MB …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --editable '.[dev]'
	@touch $@

$(BENCH_READY): $(READY)
	@echo "Adding the packages that it compares with …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

$(DJANGO_5_2): $(READY)
	@rm -rf $@
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $@ 'Django~=5.2.0'
	@touch $@
