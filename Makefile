# Everything here sets up its own environment first (scripts/set-up.sh); after the first time that costs nothing.

export OMP_NUM_THREADS := 1
BIN := .venv/bin
# More arguments for pytest: make test ARGS="-k materials -x"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help set-up demo bench test test-slow lint types contracts check constraints clean

help: ## show the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

set-up: ## make .venv with everything in it (the other targets do this by themselves)
	@scripts/set-up.sh

demo: set-up ## simulate one device and draw what it does, into results/demo
	@$(BIN)/memfem demo --output results/demo

test: set-up ## run the everyday tests, on two cores
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

test-slow: set-up ## run the long tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m slow $(ARGS)

bench: set-up ## time memfem, also beside DEVSIM, on this machine (some minutes); writes results/bench.json
	@$(BIN)/python -c "import importlib.util as i; raise SystemExit(i.find_spec('devsim') is None)" || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input -e ".[bench]"
	@$(BIN)/python -m tests.benchmarks.run $(ARGS)

lint: set-up ## check the style
	@$(BIN)/ruff check fem geometries studies tests
	@$(BIN)/ruff format --check fem geometries studies tests

types: set-up ## check the types
	@$(BIN)/mypy

contracts: set-up ## check which package imports which
	@$(BIN)/lint-imports --no-cache

check: lint types contracts ## lint, types and contracts

constraints: set-up ## write the installed versions to constraints.txt
	@$(BIN)/python scripts/write_constraints.py > constraints.txt.new
	@mv constraints.txt.new constraints.txt

clean: ## remove what can be made again, but not the results
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find fem geometries studies tests -name __pycache__ -type d -prune -exec rm -rf {} +
