# Everything that a person or the CI runs. `make help` lists it.

# The system's own, where it is new enough: it is built for speed, a Python of pyenv often is not (a quarter slower).
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo /usr/bin/python3 || echo python3)
BIN := .venv/bin
READY := .venv/ready
ARGS ?=

# As in production, with services that these checks never contact.
PRODUCTION = DEBUG=0 PUBLIC_URL=https://cinema.example TRUSTED_PROXY_COUNT=1 DATABASE_URL=postgresql://nobody@127.0.0.1:1/none \
	REDIS_URL=redis://127.0.0.1:1/0 BROKER_URL=redis://127.0.0.1:1/1 SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))')

.PHONY: help run dev test clocks lint benchmarks attack screenshots requirements stop clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: $(READY) ## Run the whole site at http://127.0.0.1:8000 (another port: PORT=8080 make run)
	@exec $(BIN)/python -m devstack run

dev: $(READY) ## The same with DEBUG on, reloading the web process when a file changes
	@exec $(BIN)/python -m devstack dev

test: $(READY) ## Run every test (some of them: make test ARGS="-k search")
	@exec $(BIN)/python -m devstack test $(ARGS)

clocks: $(READY) ## Run the tests at awkward moments: New Year, a clock change, 29 February (some: make clocks ARGS="cinema")
	@exec $(BIN)/python -m devstack clocks $(ARGS)

lint: $(READY) ## Check style, types, import order, settings, migrations, the API document, templates, JavaScript and CSS
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(PRODUCTION) $(BIN)/mypy . # its plugin loads the settings
	$(BIN)/lint-imports
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(PRODUCTION) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@mkdir -p var
	$(PRODUCTION) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file var/openapi.yml
	$(BIN)/openapi-spec-validator var/openapi.yml
	$(BIN)/djlint --check --lint templates
	$(BIN)/python -m devstack.tools.npm biome check --error-on-warnings

benchmarks: $(READY) ## Measure, and write down what was measured (some: make benchmarks ARGS="search tickets")
	@exec $(BIN)/python -m devstack benchmarks $(ARGS)

attack: $(READY) ## Attack a site of its own, and show what held (some attacks: make attack ARGS="slow-bodies-64")
	@exec $(BIN)/python -m devstack attack $(ARGS)

screenshots: $(READY) ## Take the README's screenshots of the site that runs at http://127.0.0.1:8000
	@exec $(BIN)/python -m tests.screenshots

requirements: $(READY) ## Compile requirements.txt and requirements-dev.txt anew
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-header --upgrade requirements.in -o requirements.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-header --upgrade requirements-dev.in -o requirements-dev.txt

stop: $(READY) ## Stop what runs here, also from another terminal
	@exec $(BIN)/python -m devstack stop

clean: ## Stop everything and delete .venv and var, with the data in it
	@if [ -e $(READY) ]; then $(BIN)/python -m devstack clean; fi
	@rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .pytest_cache

$(READY): requirements-dev.txt requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Marquee needs Python 3.11 or newer: name one, for example \`make run PYTHON=python3.12\`." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { \
		echo "Python cannot make a virtual environment: install its venv package (on Debian: python3-venv)." >&2; exit 1; }
	@echo "Installing what Marquee needs into .venv (once, about two minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt || { \
		echo "pip could not install the packages: check the network route to the package index, then run make again." >&2; \
		exit 1; }
	@touch $(READY)
