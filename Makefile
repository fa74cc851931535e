# The two commands of the README, and what people who work on the project need. All of them make and use .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-unit check ui deploy-local scale-out bench endurance docs dashboard load-test clearance house

.venv/.installed: pyproject.toml setup.cfg constraints.txt nibrs_assets/fixed_width/_loops.c
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nibrs_assets needs Python 3.11 or newer; make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

# Takes the sample years, and every zip in data/raw, through all layers.
run: .venv/.installed
	$(BIN)/nibrs run --add-zips sample

test: .venv/.installed check
	$(BIN)/python -m nibrs_assets_tests.support.browser
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --durations 12

# The tests without a server or a browser, but the slow ones: to run after each change.
test-unit: .venv/.installed
	$(BIN)/python -m pytest nibrs_assets_tests/unit -m "not slow" -n auto --dist loadfile --no-loadscope-reorder --durations 5

# What holds the house, the quick tools first; silent when all is well. .pre-commit-config.yaml has the same.
check: .venv/.installed
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@found=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$found"; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@found=$$($(BIN)/sqlfluff lint --processes 2 nibrs_assets 2>&1) || { echo "$$found"; exit 1; }

# The rooms of the package, their floors and what they import, measured.
house: .venv/.installed
	$(BIN)/python -m nibrs_assets_tests.house

# Models of clearance of the years that were run, audited, with their card: docs/clearance.md.
clearance: .venv/.installed
	$(BIN)/nibrs clearance

ui: .venv/.installed
	$(BIN)/nibrs ui

# Agencies, who reports, places: http://127.0.0.1:8050, over what make run has loaded.
dashboard: .venv/.installed
	$(BIN)/nibrs dashboard

# A deployment on this machine: webserver, daemon, code server, Postgres, until Ctrl-C.
deploy-local: .venv/.installed
	$(BIN)/nibrs deploy-local

# Four sample years by one process and by two Celery workers: wall times, and whether the tables are the same.
scale-out: .venv/.installed
	$(BIN)/python -m nibrs_assets_tests.scale_out

# Ratios of ways to do the same, measured side by side: docs/performance.md. make bench BENCH=--help tells what can be asked for.
bench: .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m nibrs_assets_tests.bench $(BENCH)

# Steps killed at random moments, full disks, a Postgres and an S3 that fail: what was done how often, and what was found.
endurance: .venv/.installed
	$(BIN)/python -m nibrs_assets_tests.endurance

# The dashboard over a made-up warehouse of national size, twenty users at once: docs/dashboard.md. It takes 20 GB and half an hour to fill.
load-test: .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m nibrs_assets_tests.bench.national $(FILL)
	$(BIN)/python -m nibrs_assets_tests.bench.load_test $(LOAD)

# The data dictionary, of the tables as they are defined now.
docs: .venv/.installed
	$(BIN)/nibrs dictionary
