# `make help` lists what there is. Needs make, a shell and a Python from 3.11 on.
# Name one with `make install PYTHON=python3.12`; otherwise the first that will do is taken.
# All paths are relative, so the checkout may lie in a folder with a space in its name.

PYTHON ?=
PORT ?=
RUN := .venv/bin/python
MANAGE := $(RUN) manage.py

# Sets $$python, or ends with what to do.
FIND_PYTHON = python=; \
	for candidate in "$(PYTHON)" $(if $(PYTHON),,python3 python3.14 python3.13 python3.12 python3.11 python); do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "No Python from 3.11 on found$(if $(PYTHON), at $(PYTHON)). Install one, or name it: make install PYTHON=/path/to/python3.12" >&2; \
		exit 1; \
	fi

# As many at a time as there are processors, each with a database of its own, up to four.
SUITE = $(RUN) -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

# A file at a time: what a file's tests share, such as the walk over all pages, is made once.
BROWSER = $(RUN) -m pytest tests/browser --numprocesses auto --maxprocesses 2 --dist loadfile

INSTALL = @$(FIND_PYTHON); "$$python" requirements/install.py $(if $(PYTHON),--this-python)

# As production would have it; the server is never asked.
PRODUCTION = PLUMBLINE_PRODUCTION=1 ALLOWED_HOSTS=plumbline.example.org BASE_URL=https://plumbline.example.org \
	EMAIL_URL=smtp+tls://user:password@localhost:587 \
	DATABASE_URL=postgres://nobody@localhost/nothing \
	SECRET_KEY="$$($(RUN) -c 'import secrets; print(secrets.token_urlsafe(64))')"

.PHONY: help install install-dev install-oracles install-benches demo test check services faults pictures bench statistics messages reset lock
.NOTPARALLEL:
.DEFAULT_GOAL := help

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do printf '  make %-16s %s\n' "$$name" "$$what"; done

install: ## set up .venv with what is needed to run
	$(INSTALL) base

install-dev: ## ... and to test
	$(INSTALL) base dev

install-oracles: ## ... and what some tests and benches compare with
	$(INSTALL) base dev oracles

install-benches: ## ... and other people's libraries that benches measure ours against
	$(INSTALL) base dev benches

demo: install ## load the demonstration project and serve it (PORT=8123 for a port of your choice)
	@$(MANAGE) demo $(if $(PORT),--port $(PORT))

test: install-dev check ## check, then all tests: the suite, the browser's, a short round of faults
	$(SUITE)
	$(BROWSER)
	$(RUN) -m pytest tests/faults

check: install-dev ## lint, types, import contracts, templates, migrations, deployment checks
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -c 'from importlinter.cli import lint_imports_command as lint; lint()'
	.venv/bin/djade --check --target-version 5.2 $$(find templates -name '*.html' -type f)
	$(MANAGE) makemigrations --check --dry-run
	@$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING

services: install-dev ## the suite and the faults on a real PostgreSQL 15 and Redis, started here (Debian: postgresql-15, redis-server)
	$(RUN) -m tests.services $(SUITE) --ignore=tests/cluster
	$(RUN) -m tests.services $(RUN) -m pytest tests/faults tests/services

faults: install-dev ## the faults at full length: kill what can be killed, for as long as it takes
	PLUMBLINE_FAULTS=whole $(RUN) -m pytest tests/faults tests/services

pictures: install-dev ## make the pictures of every page under docs/screenshots/ anew
	PLUMBLINE_SCREENSHOTS=1 $(RUN) -m pytest tests/browser/test_gallery.py -k made

bench: install-dev ## speed, as ratios against a floor of the same run
	$(RUN) -m benchmarks

statistics: install-dev ## how often intervals and gates are right, at full length (some minutes)
	$(RUN) -m tests.statistics

messages: ## developers: gather the interface's strings for a language, as in LOCALE=de (needs GNU gettext)
	@test -n "$(LOCALE)" || { echo "Name a language: make messages LOCALE=de" >&2; exit 1; }
	@command -v xgettext >/dev/null || { echo "GNU gettext is needed (Debian's package is called gettext)." >&2; exit 1; }
	@mkdir -p locale
	$(MANAGE) makemessages --locale $(LOCALE) --no-location --ignore .venv --ignore tests --ignore benchmarks

reset: ## stop the private database and remove all data of this checkout
	@$(FIND_PYTHON); "$$python" -m config.cluster reset

lock: ## developers: resolve requirements/*.in anew (needs uv)
	@for name in base dev oracles benches; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
			--output-file requirements/$$name.txt requirements/$$name.in || exit 1; \
	done
	@if grep -nE '^(-|--)(index-url|extra-index-url|find-links)|https?://' requirements/*.txt; then \
		echo "A lock names an index; remove those lines." >&2; exit 1; fi
