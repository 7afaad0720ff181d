# What people run. Each target makes the environment it needs; `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON_BIN := .venv/bin

.PHONY: help up reset test test-all lint chaos bench lock vendor messages local dev

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

local:
	@scripts/environment local
dev:
	@scripts/environment dev

up: local  ## run everything on this machine (Ctrl-C ends it); PORT=8000
	@exec $(PYTHON_BIN)/python -m backoffice.up

reset: local  ## remove var/ and what it points to
	@exec $(PYTHON_BIN)/python -m backoffice.reset

test: dev  ## test everything, browser included
	@exec $(PYTHON_BIN)/python -m tests.run

test-all: dev  ## the same with every combination of the page table
	@exec $(PYTHON_BIN)/python -m tests.run --everything

lint: dev  ## style, templates, types, missing migrations, stale translations
	@scripts/lint

chaos: dev  ## G1, G13: commands under faults and kills, ledger against journal; what goes on after deaths; CHAOS="--seed 7"
	@$(PYTHON_BIN)/python -m tests.chaos $(CHAOS) && $(PYTHON_BIN)/python -m tests.chaos.recovery

bench: dev  ## the figures of the performance goals, as ratios of one run
	@exec $(PYTHON_BIN)/python -m tests.bench

lock: dev  ## write requirements*.txt anew from pyproject.toml
	@scripts/lock

vendor: dev  ## fetch the vendored files of static/vendor again
	@scripts/vendor

messages: dev  ## gather the texts into locale/ and compile them
	@$(PYTHON_BIN)/python scripts/messages
