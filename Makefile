# `make demo` and `make test` do all the set-up; nothing else has to be typed.
VENV ?= .venv
BIN := $(VENV)/bin
# The first of these that is Python 3.11 or newer.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# uv, where it is, in place of pip: the same packages, sooner. Both say what they fetch, because it takes minutes.
UV := $(shell command -v uv 2>/dev/null)
INSTALL := $(if $(UV),$(UV) pip install --python $(BIN)/python,$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on)

.PHONY: demo test test-fast dist lint bench gate fit docs site-docs changelog picture lock clean help

# What `make test-fast` runs.
FAST := tests/extract/test_engine.py tests/extract/test_forms.py tests/vocabulary tests/link tests/text tests/meta/test_words.py tests/cli/test_rules.py tests/gate/labels

help:  ## say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /: /'

$(VENV)/.runtime: pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "miner needs Python 3.11 or newer on the PATH (or: make PYTHON=/path/to/python3.11)"; exit 1; }
	@echo "make: setting up $(VENV), once: some 80 packages by $(if $(UV),uv,pip), about $(if $(UV),half a minute,two minutes) where they have to be downloaded"
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) -r requirements.lock
	@$(INSTALL) --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "make: setting up what tests need, once: some 160 packages, half of them there already, about $(if $(UV),a minute,three minutes) where they have to be downloaded"
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime  ## the whole chain on the bundled sample, offline
	@echo "make: the whole chain on some sixty invented papers, offline: about a quarter of a minute"
	@$(BIN)/miner demo demo

test: $(VENV)/.dev  ## all tests
	@echo "make: all tests on all cores: about a quarter of an hour on two; 'make test-fast' takes one minute"
	@$(BIN)/python -m pytest -n auto --dist loadfile

test-fast: $(VENV)/.dev  ## about a minute: what most changes touch first
	$(BIN)/python -m pytest -q -m "not slow" $(FAST)

lint: $(VENV)/.dev  ## style, types, direction of imports
	$(BIN)/ruff check miner tests reports docs
	$(BIN)/ruff format --check miner tests reports docs
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## speed as ratios to peers, measured in this run
	$(BIN)/python -m tests.bench

gate: $(VENV)/.dev  ## the ratios that may not fall, with a margin for noise
	$(BIN)/python -m tests.bench --gate

fit: $(VENV)/.dev  ## fit the weights of labels, of performances and their sample sizes, of key sentences and key terms again (needs the labelled abstracts)
	$(BIN)/python -m tests.gate.fit_labels
	$(BIN)/python -m tests.gate.fit
	$(BIN)/python -m tests.gate.fit_facets
	$(BIN)/python -m tests.gate.fit_terms

docs: $(VENV)/.dev  ## write the generated reference pages
	$(BIN)/python docs/generate.py

$(VENV)/.docs: $(VENV)/.runtime requirements-docs.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-docs.lock
	touch $@

site-docs: $(VENV)/.docs  ## the documentation as a site: build/site/index.html, which opens from disk
	$(BIN)/python -m sphinx -q -W --keep-going -b html -d build/doctrees docs build/site
	$(BIN)/python docs/check_site.py build/site
	@echo build/site/index.html

changelog: $(VENV)/.dev  ## what changelog.d says, as it will stand in the changelog; with VERSION= put it there
	$(BIN)/towncrier build $(if $(VERSION),--yes --version $(VERSION),--draft --version next)

picture: $(VENV)/.dev  ## photograph the demo's report for the README (needs Chromium)
	$(BIN)/python docs/picture.py

lock:  ## resolve the lock files again (needs uv)
	uv pip compile --universal --python-version 3.11 --quiet --no-header --no-annotate --no-emit-index-url --extra xlsx -o requirements.lock pyproject.toml
	uv pip compile --universal --python-version 3.11 --quiet --no-header --no-annotate --no-emit-index-url --extra dev --extra bench -c requirements.lock -o requirements-dev.lock pyproject.toml
	uv pip compile --universal --python-version 3.11 --quiet --no-header --no-annotate --no-emit-index-url --extra docs -c requirements.lock -c requirements-dev.lock -o requirements-docs.lock pyproject.toml

dist: pyproject.toml requirements.lock  ## wheel and source distribution, each tried in an empty environment
	rm -rf dist
	$(PYTHON) -m venv dist/.build
	dist/.build/bin/python -m pip install --quiet --disable-pip-version-check hatchling
	dist/.build/bin/python -m hatchling build -d dist
	rm -rf dist/.build
	$(PYTHON) -m venv dist/.env
	dist/.env/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	for made in dist/*.whl dist/*.tar.gz; do \
		dist/.env/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall $$made && \
		(cd / && $(CURDIR)/dist/.env/bin/python -c "import miner; print(miner.extract(['We scanned 42 patients.'])[['value', 'unit']])" && \
		$(CURDIR)/dist/.env/bin/miner doctor >/dev/null && echo "$$made works") || exit 1; done
	rm -rf dist/.env

clean:  ## remove what the targets made
	rm -rf $(VENV) demo .mypy_cache .pytest_cache .ruff_cache
