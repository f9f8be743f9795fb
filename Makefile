# `make run` and `make test` are all that a newcomer needs; both make .venv first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
FUZZ_SECONDS ?= 180
BIN := .venv/bin
QUESTIONS := who_is_quoted who_is_in_the_news what_was_rejected
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
UNPREPARED := $(if $(findstring .uv,$(UV)),$(UV))
CHECKED := schemas flows tests benchmarks data training hatch_build.py

.PHONY: help setup run test test-heavy test-long test-all fuzz audit check format lock train docs sample clean

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/ready ## Make .venv with the locked versions.

.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.8"

.venv/locked: requirements.lock | $(UNPREPARED)
	$(UV) venv --quiet --clear --python $(PYTHON) .venv
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@touch $@

.venv/ready: .venv/locked pyproject.toml hatch_build.py flows/steps/kernel.c
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

run: setup ## Land the sample dumps into data/lake and ask three questions.
	$(BIN)/broadsheet run
	@for query in $(QUESTIONS); do echo; $(BIN)/broadsheet sql $$query; done

test: setup ## Everything that fits ten minutes on two cores.
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not heavy and not long"

test-heavy: setup ## Whole evaluation sets, kills, a real browser.
	$(BIN)/python -m pytest -n 2 --dist worksteal -m heavy

test-long: setup ## Kills at every stage, readers beside writers, traced connections: half an hour.
	$(BIN)/python -m pytest -n 2 --dist worksteal -m long

test-all: test test-heavy test-long fuzz ## All of them.

fuzz: setup ## Feed damaged files to the readers for FUZZ_SECONDS.
	$(UV) pip install --quiet --python $(BIN)/python --group fuzz
	$(BIN)/python -m tests.fuzz.read_records -max_total_time=$(FUZZ_SECONDS)

audit: | $(UNPREPARED) ## Ask the registry for advisories on the locked dependencies.
	$(PYTHON) .ci/audit $(UV)

check: setup ## Format, lint, types, import rings, dictionary.
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: setup ## Put the code into its format.
	$(BIN)/ruff format $(CHECKED)
	$(BIN)/ruff check --fix-only $(CHECKED)

lock: | $(UNPREPARED) ## Renew requirements.lock from pyproject.toml.
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev \
	    --no-annotate --no-header --no-emit-index-url pyproject.toml --output-file requirements.lock

train: setup ## Train the nets and the ranker again from DATA=FOLDER, an evaluation folder.
	@test -d "$(DATA)" || { echo "make train: give DATA=FOLDER, the evaluation folder to learn from"; exit 2; }
	$(UV) pip install --quiet --python $(BIN)/python --group train
	$(BIN)/python -m training.prepare $(DATA) --out .train
	$(BIN)/python -m training.lines .train
	$(BIN)/python training/story_html.py $(DATA)
	$(BIN)/python training/speakers.py $(DATA)/quotes --write

docs: setup ## Write the data dictionary from the contracts.
	$(BIN)/python -m schemas.dictionary > docs/data_dictionary.md

sample: setup ## Build the sample dumps from data/stories.
	$(BIN)/python data/make_sample.py

clean: ## Remove what can be made again.
	rm -rf .venv .uv data/lake flows/steps/_kernel.so
