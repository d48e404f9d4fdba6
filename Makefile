# Everything the project does, from a fresh machine. PYTHON chooses the interpreter (3.11 to 3.13).
PYTHON ?= python3
VENV ?= .venv
PYTEST ?= -n 2 --dist worksteal
export VENV

RUN := $(VENV)/bin/python
SET_UP := $(PYTHON) requirements/set_up.py
STATE := $(or $(STATE_DIR),var)

# Say what a step does, do it, and say how long it took.
define step
@printf '%s …\n' '$(1)'; begun=$$(date +%s); $(2) || exit $$?; \
	printf '  %s s\n' $$(( $$(date +%s) - begun ))
endef

.PHONY: help demo serve test check bench screenshots icons safety-case stop clean lock

help:
	@echo 'make demo    from nothing to ranked suggestions, on real published trial data'
	@echo 'make serve   the same through the web, until Ctrl-C (HOST, PORT)'
	@echo 'make test    the whole suite, on services that it starts itself (PYTEST="-n 2 …")'
	@echo 'make check   what CI runs: format, lint, types, contracts, migrations, then the suite'
	@echo 'make bench   the benchmarks, each as a ratio to its floor'
	@echo 'make screenshots   take the pictures of the guides anew'
	@echo 'make icons   cut the desk'"'"'s icon font to the icons that are named'
	@echo 'make safety-case   build docs/safety-case.md anew'
	@echo 'make stop    stop the embedded services'
	@echo 'make clean   stop them, then remove $(VENV) and $(STATE)'
	@echo 'make lock    renew the locked dependencies (needs uv)'

demo:
	@$(SET_UP) demo
	@$(RUN) manage.py demo

serve:
	@$(SET_UP) demo
	@exec $(RUN) manage.py serve

test:
	@$(SET_UP) test
	$(call step,Running the test suite,$(RUN) -m pytest $(PYTEST))

check:
	@$(SET_UP) test
	$(call step,Checking the format,$(VENV)/bin/ruff format --check --quiet .)
	$(call step,Looking for faults,$(VENV)/bin/ruff check --quiet .)
	$(call step,Checking the types,$(VENV)/bin/mypy)
	$(call step,Checking the import contracts,$(VENV)/bin/lint-imports --no-logo)
	$(call step,Looking for insecure code,$(BANDIT))
	$(call step,Comparing records with migrations,$(MIGRATIONS_CHECK))
	$(call step,Checking the settings for production,$(DEPLOYMENT_CHECK))
	@$(MAKE) --no-print-directory test

bench:
	@$(SET_UP) test
	@$(RUN) -m benchmarks

icons:
	@$(SET_UP) test
	@$(RUN) requirements/icons.py

safety-case:
	@PYTHONPATH=. $(RUN) tests/spec/safety_case.py

GUIDE := queue review red-flag compare print plan-first safety-stop second-person ehr \
	admin-overview admin-promotion admin-stop admin-upload admin-mapping admin-refused \
	admin-report admin-train admin-search admin-compare admin-catalogue

screenshots:
	@$(SET_UP) test
	@SCREENSHOTS=$(STATE)/screenshots BROWSER_TESTS=required $(RUN) -m pytest -q -n0 tests/browser
	@$(RUN) requirements/pictures.py $(STATE)/screenshots $(GUIDE)

stop:
	@for state in $(STATE) $(STATE)/check $(STATE)/test; do \
		if [ -d $$state/postgres ]; then \
			STATE_DIR=$$state DATABASE_URL= $(RUN) manage.py services down || exit $$?; \
		fi; \
	done

clean: stop
	rm -rf $(VENV) $(STATE) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

lock:
	sh requirements/lock.sh

# Low findings are the same rules that ruff's "S" holds, with their reasons beside the lines.
BANDIT = $(VENV)/bin/bandit --quiet --recursive --severity-level medium \
	--configfile pyproject.toml recommender api tasks

# A server of its own, so that checking neither needs nor leaves a running one.
define MIGRATIONS_CHECK
{ STATE_DIR=$(STATE)/check DATABASE_URL= $(RUN) manage.py makemigrations --check --dry-run; \
	found=$$?; STATE_DIR=$(STATE)/check DATABASE_URL= $(RUN) manage.py services down >/dev/null; \
	[ $$found -eq 0 ]; }
endef

# With settings as in production: random keys, and an address of a database that isn't asked.
define DEPLOYMENT_CHECK
random=$$($(RUN) -c 'import secrets; print(secrets.token_hex(40))'); \
	PRODUCTION=true SECRET_KEY=$$random PSEUDONYM_KEY=$$random ALLOWED_HOSTS=example.org \
	DATABASE_URL=postgresql://nobody@localhost/none \
	$(RUN) manage.py check --deploy --fail-level WARNING
endef
