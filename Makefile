# Bare `make` lists the targets. The work itself is done by the programs in tools/.
.DEFAULT_GOAL := help
.PHONY: help setup run fast test check fix bench lock clean

# The first interpreter that is new enough; `make PYTHON=/path/to/python3.12 setup` picks another.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
SETUP = $(or $(PYTHON),sh tools/no_python.sh) -m tools.setup
# What `make run` hands to `voicecore serve`, for example ARGS="--config voicecore.toml".
ARGS ?=

help: ## List the targets
	@sed -n 's/^\([a-z]*\): ##[ ]*/\1\t/p' Makefile | expand -t 10

setup: ## Install everything that running, testing and checking need
	@$(SETUP) test

run: ## Set up what is missing, then answer calls until Ctrl-C
	@$(SETUP) run
	@exec .venv/bin/voicecore serve $(ARGS)

fast: ## Compile the control path of calls, minutes; `rm -r build/fast` goes back to Python
	@$(SETUP) test
	@.venv/bin/python -m tools.compile

test: ## All tests: the Rust crate, the page, then pytest, phones that are not ours beside the rest
	@$(SETUP) test
	@.venv/bin/python -m tools.test

check: ## Everything that can be judged without running: style, types, layers, lints
	@$(SETUP) test
	@.venv/bin/python -m tools.check

fix: ## Repair what a tool can: imports, formatting
	@$(SETUP) test
	@.venv/bin/ruff check --quiet --fix . || true
	@.venv/bin/ruff format .
	@.venv/bin/python -m tools.cargo fmt
	@.venv/bin/python -m tools.desktop fix

bench: ## Measure, beside the floor measured in the same run, and print one table
	@$(SETUP) test
	@.venv/bin/python -m tests.bench

lock: ## Choose the newest versions that fit pyproject.toml and write requirements/ and Cargo.lock
	@$(SETUP) test
	@.venv/bin/python -m tools.lock
	@.venv/bin/python -m tools.cargo update

clean: ## Remove what was built; keeps var/ (calls, recordings) and the sources
	rm -rf .venv build dist media/target .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf voicecore/desktop/dist voicecore/desktop/node_modules
	rm -f voicecore/media/_native*.so
