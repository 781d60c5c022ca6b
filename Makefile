# Conclave. `make help` lists what there is; nothing needs an activated environment.
SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
RUN := $(VENV)/bin/python
ROOMS := agents db desk evals fund graph tools
export PYTHONPATH := $(CURDIR)
# Half a dozen processes import the same thousand files: what one has compiled, tests included, the others read.
export PYTHONDONTWRITEBYTECODE :=

# The first interpreter that runs and is new enough; `make up PYTHON=/path/to/python` chooses another.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)

DEPENDENCIES = import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*project["dependencies"], sep="\n")
DEV_DEPENDENCIES = $(DEPENDENCIES); print(*project["optional-dependencies"]["dev"], sep="\n")
PIP_INSTALL = $(RUN) -m pip install -qq --no-input --no-compile --disable-pip-version-check -c constraints.txt
# pip compiles thirty thousand files on one core; this takes them all. A package's templates need not compile.
COMPILE = $(RUN) -m compileall -qq -j 0 $(VENV)/lib || true
# Alone and first, at its exact version: a resolver that meets torch among others may take a build for graphics cards.
TORCH = $(shell grep '^torch==' constraints.txt)

# One process of tests a core; a file's tests stay together, because they share what they have set up.
SPREAD = -n auto --dist loadfile --no-loadscope-reorder

# These wait for databases and processes a quarter of their time, so one more than there are cores runs.
WAITING = -n $(shell expr $$(nproc 2>/dev/null || echo 1) + 1) --dist loadfile --no-loadscope-reorder

JOURNEYS = -n 2 --dist loadfile --no-loadscope-reorder

# Every file that is not ignored, as one hash: what has passed on it need not run on it again.
TREE = git ls-files -coz --exclude-standard 2>/dev/null | sort -z | xargs -0 sha256sum 2>/dev/null | sha256sum
UNIT_PASSED = $(VENV)/.unit-passed

.PHONY: help up test check bench soak e2e fmt clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

up: $(VENV)/.runtime ## install what the desk needs, start it and print its address
	@exec $(RUN) -m desk up $(ARGS)

# The journeys come last and two files at a time: a desk and a browser wait for each other half of the time.
test: $(VENV)/.dev ## run every test; those of the browser need a Chromium on this machine
	@if [ -n "$(ARGS)" ]; then \
		exec $(RUN) -m pytest $(SPREAD) $(ARGS); \
	elif [ -s $(UNIT_PASSED) ] && [ "$$($(TREE))" = "$$(cat $(UNIT_PASSED) 2>/dev/null)" ]; then \
		echo 'The unit tests have passed on these very files in make check; running all the others.'; \
		exec $(RUN) -m pytest tests/integration $(WAITING); \
	else \
		exec $(RUN) -m pytest $(SPREAD) --ignore=tests/e2e; \
	fi
	@[ -n "$(ARGS)" ] || exec $(RUN) -m pytest tests/e2e $(JOURNEYS)

# Types take one core for a minute or more, so they are checked while the unit tests run, and told when these have ended.
check: $(VENV)/.dev ## format, lint, types, import contracts and unit tests, as CI runs them
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(VENV)/bin/lint-imports
	@told=$(VENV)/.types-told; \
	$(RUN) -m mypy $(ROOMS) chat-ui/app.py >$$told 2>&1 & types=$$!; \
	trap 'kill $$types 2>/dev/null' INT TERM; \
	echo '$(RUN) -m pytest tests/unit $(SPREAD)'; \
	$(RUN) -m pytest tests/unit $(SPREAD); units=$$?; \
	echo 'Types of every room and of the page:'; \
	wait $$types; typed=$$?; cat $$told; \
	[ $$units -eq 0 ] && [ $$typed -eq 0 ]
	@$(TREE) > $(UNIT_PASSED)

bench: $(VENV)/.dev ## measure, and write docs/benchmarks.md
	@exec env OPENBLAS_NUM_THREADS=1 PYTHONPATH="$(CURDIR):$(CURDIR)/tests" $(RUN) tests/bench/run.py $(ARGS)

soak: $(VENV)/.dev ## run the long ordeals whole, an hour or more; ARGS='--scale 0.1' runs a tenth of each
	@exec $(RUN) -m pytest tests/soak -p no:cacheprovider $(ARGS)

e2e: $(VENV)/.dev ## run only the journeys through the whole desk, chat and browser
	@exec $(RUN) -m pytest tests/e2e $(ARGS)

fmt: $(VENV)/.dev ## format the code and apply the safe fixes
	$(RUN) -m ruff check --fix-only .
	$(RUN) -m ruff format .

clean: ## remove the environment and caches, after asking; the data folder stays
	@printf 'Remove %s and every cache in %s? The data folder is kept. [y/N] ' '$(VENV)' '$(CURDIR)'; \
	read answer; \
	case "$$answer" in \
		[yY]*) rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build; \
			find $(ROOMS) chat-ui tests -name __pycache__ -type d -prune -exec rm -rf {} +; \
			echo 'Done.' ;; \
		*) echo 'Nothing was removed.' ;; \
	esac

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { \
		echo 'The desk needs Python 3.11 or newer, and none was found: install one, or say PYTHON=/path/to/python.'; \
		exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'The desk needs Python 3.11 or newer, but $(PYTHON) is older: say PYTHON=/path/to/python.'; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo 'No virtual environment could be made: install the venv module (python3-venv on Debian).'; exit 1; }

$(VENV)/.runtime: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo 'Installing the desk into $(VENV): two or three minutes the first time, nothing after that.'
	@$(PIP_INSTALL) $(TORCH)
	@$(RUN) -c '$(DEPENDENCIES)' > $(VENV)/runtime.txt
	@$(PIP_INSTALL) -r $(VENV)/runtime.txt
	@$(COMPILE)
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo 'Installing the desk and its test tools into $(VENV): two or three minutes the first time.'
	@$(PIP_INSTALL) $(TORCH)
	@$(RUN) -c '$(DEV_DEPENDENCIES)' > $(VENV)/dev.txt
	@$(PIP_INSTALL) -r $(VENV)/dev.txt
	@$(COMPILE)
	@touch $@ $(VENV)/.runtime
