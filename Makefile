# Everything a developer types. Needs only Python 3.11 or later, git 2.38 or later and make.
# PYTHON=/path/to/python3 chooses the interpreter that .venv is made with; ARGS=… is handed to pytest; COVERAGE=yes measures.

.DEFAULT_GOAL := help
.PHONY: help demo test lint types coverage reached bench pictures agents dist clean runtime dev
MAKEFLAGS += --no-print-directory
PY := .venv/bin/python
DIST := dist
TESTS := --numprocesses auto --maxprocesses 8
export PYTHON

help: ## show what can be made
	@awk -F ': .*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

demo: runtime ## see guard at work in a throw-away repository
	@$(PY) -m guard demo

test: dev ## run the whole test suite
	@$(PY) $(if $(COVERAGE),-m coverage run) -m pytest $(TESTS) $(ARGS)

lint: dev ## check style and format
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --check --quiet

types: dev ## check types
	@$(PY) -m mypy

coverage: dev ## run the whole test suite and report what it did not reach
	@$(PY) -m coverage erase
	@$(MAKE) test COVERAGE=yes
	@$(MAKE) reached

reached: dev ## report what the last test run under coverage did not reach
	@$(PY) -m coverage combine --quiet
	@$(PY) -m coverage report

bench: dev ## measure guard beside its peers
	@$(PY) -m bench

pictures: dev ## draw the pictures of docs/pictures anew (those of the page need Chromium)
	@$(PY) -m tests.pictures

agents: dev ## run guard in the real coding agents (downloads some 200 MB each; AGENTS="claude codex" chooses)
	@$(PY) -m tests.agents_real $(AGENTS_ARGS) $(AGENTS)

dist: dev ## build the wheel and the source distribution into dist/
	@$(PY) -m hatchling build --directory $(DIST)

clean: ## remove everything that was made here
	@rm -rf .venv build dist htmlcov .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache "$${TMPDIR:-/tmp}/guard-bench"
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime dev:
	@.ci/environment $@
