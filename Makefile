# Two commands: `make run` and `make test`. Everything else here serves them.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run setup setup-test system-test test types suite lint bench demo-city shots lock clean

run: setup
	@$(PY) -m loaders demo --if-empty --size small
	@$(PY) -m dashboard

# The virtual environment with the pinned packages; made once, and again when the pins change.
setup: $(VENV)/.installed

$(VENV)/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@echo "Installing the packages of requirements.txt into $(VENV) (a few minutes the first time) ..."
	@$(PY) -m pip install --quiet --require-hashes -r requirements.txt
	@touch $@

setup-test: $(VENV)/.installed-test

$(VENV)/.installed-test: $(VENV)/.installed requirements-dev.txt
	@$(PY) -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

# Chromium, and PostgreSQL with PostGIS, from the system's packages where that is permitted.
system-test: setup-test
	@bash tests/system_packages.sh

test: system-test
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(VENV)/bin/lint-imports
	@$(MAKE) --no-print-directory -j 2 types suite

types:
	@$(PY) -m mypy

# Three workers on two cores, for the browser's tests wait a good deal. Compiled modules are kept: some hundreds of
# processes start, and every store that is opened reads its migrations.
suite: export PYTHONDONTWRITEBYTECODE =
suite:
	@$(PY) -m pytest -n 3 --dist loadfile $(ARGS)

lint: setup-test
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports

bench: system-test
	@$(PY) -m tests.bench $(ARGS)

demo-city: setup
	@$(PY) -m loaders demo --size large --replace

lock: setup-test
	@$(PY) -m pip install --quiet uv
	@$(VENV)/bin/uv pip compile -q --generate-hashes --python-version 3.11 --no-header requirements.in -o requirements.txt
	@$(VENV)/bin/uv pip compile -q --generate-hashes --python-version 3.11 --no-header requirements-dev.in -o requirements-dev.txt

clean:
	@rm -rf $(VENV) data/var build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
