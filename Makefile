PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip -qq --disable-pip-version-check --no-input
TYPED := $(wildcard migrations tests demo benchmarks)

export PIP_ROOT_USER_ACTION := ignore
# Every process that a test starts would compile all it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.PHONY: help demo test check docs pictures proof bench build clean chromium services

help:
	@echo "make demo      install, set up and play the story, then serve the demo shop"
	@echo "make test      every test; ARGS='-k coupon' is handed to pytest"
	@echo "make check     ruff, mypy, the import contracts and the docs"
	@echo "make docs      the documentation as a site, in docs/_build"
	@echo "make pictures  the pictures of the documentation, anew from the running demo"
	@echo "make proof     what takes minutes: killed workers, each service case, more calls of the API, the demo twice, on both databases"
	@echo "make bench     the measured goals"
	@echo "make build     wheel and sdist in dist/"
	@echo "make clean     remove what was built; .venv and the demo's data stay"

$(VENV)/.made:
	@$(RUN) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.demo: setup.cfg pyproject.toml | $(VENV)/.made
	@echo "Installing the demo into $(VENV) (once)"
	@$(PIP) install --editable ".[demo]"
	@touch $@

$(VENV)/.dev: setup.cfg pyproject.toml | $(VENV)/.made
	@echo "Installing tools and tests into $(VENV) (once)"
	@$(PIP) install --editable ".[demo,test,dev,docs]"
	@touch $@

demo: $(VENV)/.demo
	@$(RUN) -m demo

test: $(VENV)/.dev chromium services
	@$(RUN) -m pytest -n 2 --dist worksteal $(ARGS)

check: $(VENV)/.dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy -p flask_firstline
	$(RUN) -m mypy $(TYPED)
	$(VENV)/bin/lint-imports --no-logo
	@$(MAKE) --no-print-directory docs

# In seconds; a warning, such as a page that is in no navigation, is an error.
docs: $(VENV)/.dev
	$(RUN) scripts/reference.py --check
	$(RUN) -m sphinx --quiet --fail-on-warning --keep-going --builder html docs docs/_build

pictures: $(VENV)/.dev chromium
	@PYTHONPATH=$(CURDIR) $(RUN) scripts/pictures.py

# What takes minutes, and is made shorter in `make test`.
proof: $(VENV)/.dev
	@FIRSTLINE_KILLS=100 $(RUN) -m pytest tests/race/test_killed_workers.py $(ARGS)
	@FIRSTLINE_EVERY_CASE=1 $(RUN) -m pytest -n 2 --dist worksteal tests/service tests/api/test_document.py $(ARGS)
	@FIRSTLINE_DEMO_PLAYS=2 $(RUN) -m pytest tests/demo/test_story.py $(ARGS)

bench: $(VENV)/.dev
	@$(RUN) -m benchmarks $(ARGS)

build: $(VENV)/.dev
	$(RUN) -m build --outdir dist .

clean:
	rm -rf build dist docs/_build *.egg-info .tox .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf htmlcov test-results .shots .coverage .coverage.*
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

# What the tests need beside Python is installed where that is allowed; else they skip, with a reason.
# At run level 1 no service is started by its installation.
INSTALL = test "$$(id -u)" = 0 && command -v apt-get >/dev/null 2>&1 \
	&& echo "Installing $(1) for the tests" \
	&& apt-get -qq update >/dev/null 2>&1 \
	&& RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
	apt-get -qq -y --no-install-recommends install $(1) >/dev/null 2>&1

chromium:
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 \
	|| command -v google-chrome >/dev/null 2>&1 \
	|| { $(call INSTALL,chromium); } \
	|| echo "No Chromium here: the browser tests will be skipped"

services:
	@{ command -v redis-server >/dev/null 2>&1 && test -x /usr/lib/rabbitmq/bin/rabbitmq-server; } \
	|| { $(call INSTALL,redis-server rabbitmq-server); } \
	|| echo "No Redis or RabbitMQ here: tests of Celery and Huey will be skipped"
