# Needs Python 3.11 and make; everything else comes with pip into .venv.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/stamps
RUN    := $(STAMPS)/run
TESTS  := $(STAMPS)/tests
BENCH  := $(STAMPS)/bench
export PYTHONUTF8 = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore
# The tests start two dozen Pythons: compiled modules are kept between them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := run
.PHONY: run test check bench faults format

run: $(RUN)
	@exec $(BIN)/python manage.py up $(ARGS)

test: $(TESTS)
	@$(BIN)/python ops/ensure_browser.py
	$(BIN)/python manage.py catalogue --compile
	@rm -f .coverage .coverage.*
	$(BIN)/python -m coverage run -m pytest -n 2 --dist worksteal --strict-config -m "not faults" $(ARGS)
	$(BIN)/python -m coverage combine -q
	$(BIN)/python -m coverage json -q -o $(STAMPS)/coverage.json
	$(BIN)/python ops/coverage_gate.py $(STAMPS)/coverage.json

check: $(TESTS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python ops/check_templates.py
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py catalogue --compile
	$(BIN)/python manage.py catalogue --check
	$(BIN)/python manage.py makemigrations --check --dry-run
	APP_URL=https://crm.example.com LOG_LEVEL=WARNING $(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(TESTS)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python ops/check_templates.py --fix

bench: $(BENCH)
	$(BIN)/python -m bench $(if $(SIZE),--size $(SIZE)) $(ARGS)

faults: $(TESTS)
	$(BIN)/python -m pytest -m faults -p no:randomly -s --timeout 3600 tests/faults $(ARGS)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null \
	  || { echo "Python 3.11 is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "the venv module is needed (Debian: apt install python3.11-venv)" >&2; exit 1; }

$(RUN): requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@mkdir -p $(STAMPS) && touch $@

$(TESTS): $(RUN) requirements-test.txt requirements-data.txt
	$(BIN)/python -m pip install --quiet -r requirements-test.txt
	$(BIN)/python -m pip install --quiet --no-deps -r requirements-data.txt
	@mkdir -p $(STAMPS) && touch $@

$(BENCH): $(TESTS) requirements-bench.txt
	$(BIN)/python -m pip install --quiet -r requirements-bench.txt
	@touch $@
