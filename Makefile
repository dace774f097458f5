# Everything a machine with Python 3.11+ and make needs to run, test and check Parley.
# Each target sets up .venv by itself from the lock files.
#
#   PYTHON=python3.12   the interpreter for a new .venv (default: python3.11, 3.12, 3.13 or python3, whichever is there)
#   ARGS="-k slots"     more arguments for the demo, pytest or the benchmarks
#   JOBS=0              run the tests in one process (default: four, since much of them is waiting)

.DEFAULT_GOAL := help
.PHONY: help run test check format bench lock
# Targets share one .venv, so `make -j` must not set it up twice at once.
.NOTPARALLEL:

ARGS ?=
JOBS ?= 4
VENV_PYTHON := .venv/bin/python
export PYTHON

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile

run: ## start the bot with its demo room and print one address (Ctrl-C stops both)
	@.ci/setup requirements.lock
	@exec $(VENV_PYTHON) -m bot demo $(ARGS)

# Bytecode is written also where Python is told not to, and once before the workers start: on a fresh clone each
# of them would compile everything.
test: export PYTHONDONTWRITEBYTECODE :=
test: ## run the tests
	@.ci/setup requirements-dev.lock
	@$(VENV_PYTHON) -m compileall -q -j 0 scheduling_core adapters bot examples tests
	@$(VENV_PYTHON) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: ## formatting, lint, types, and which package may import which
	@.ci/setup requirements-dev.lock
	@failed=; \
	$(VENV_PYTHON) -m ruff format --check . || failed="$$failed format"; \
	$(VENV_PYTHON) -m ruff check . || failed="$$failed lint"; \
	$(VENV_PYTHON) -m mypy || failed="$$failed types"; \
	$(VENV_PYTHON) .venv/bin/lint-imports --no-logo || failed="$$failed imports"; \
	if [ -n "$$failed" ]; then echo "make check: failed:$$failed" >&2; exit 1; fi

format: ## let ruff format the code and fix what it safely can
	@.ci/setup requirements-dev.lock
	$(VENV_PYTHON) -m ruff format .
	$(VENV_PYTHON) -m ruff check --fix .

bench: ## measure the workloads of benchmarks/ beside their floors
	@.ci/setup requirements-dev.lock
	@$(VENV_PYTHON) -m benchmarks $(ARGS)

COMPILE = $(VENV_PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header --no-annotate

lock: ## write the lock files anew from pyproject.toml (ARGS=--upgrade takes newer versions)
	@.ci/setup requirements-dev.lock
	$(COMPILE) $(ARGS) pyproject.toml -o requirements.lock
	$(COMPILE) $(ARGS) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
