# make run    build what is needed and serve on port 3000
# make test   install what tests need and run all of them
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run dev ui test check check-ui bench faults clean

run: $(VENV)/.run ui
	$(BIN)/python app.py $(ARGS)

dev: $(VENV)/.dev
	WEB_CONCURRENCY=1 DEBUG=true $(BIN)/python app.py $(ARGS)

ui:
	deploy/build-ui

test: check check-ui
	$(BIN)/python -m pytest -q

check-ui:
	deploy/build-ui 1
	cd admin-ui && npm run check --silent

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench $(ARGS)

faults: $(VENV)/.dev
	$(BIN)/python -m tests.faults $(ARGS)

$(VENV)/.run: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -r requirements.txt
	# A faster request parser; it needs a C compiler, and everything works without it.
	-$(BIN)/pip install -q --disable-pip-version-check gunicorn_h1c==0.6.10 2>/dev/null
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	$(BIN)/pip install -q --disable-pip-version-check -r requirements-dev.txt
	touch $@

clean:
	rm -rf admin-ui/dist admin-ui/node_modules $(VENV) .mypy_cache .ruff_cache .pytest_cache
