# Two commands to know: `make demo` and `make test`. Each works alone on a fresh clone with python3 >= 3.11, git and make.
PYTHON ?= python3
DEMO ?= demo-pipeline
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test nightly check ci-deps clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with everything that demo and test need
	@echo "ready: $(BIN)"

demo: $(READY) ## run the example pipeline and write its reports (DEMO=folder, default demo-pipeline)
	@$(BIN)/joulecard demo "$(DEMO)"

test: check ## run every check and every test, list at the end what was missing
	@$(BIN)/python -m pytest -n auto

nightly: $(READY) ## run the long reliability tests (about an hour; some need root)
	@$(BIN)/python -m pytest -m nightly -n auto

check: $(READY) ## ruff, mypy strict, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

ci-deps: ## install the system parts that the tests need (apt as root or with passwordless sudo, brew)
	@bash .ci/deps

clean: ## remove .venv, the default demo folder and everything else that was generated
	rm -rf $(VENV) demo-pipeline dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find plugin tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

# uv does the installing (seconds, where pip needs minutes); the stamp is newer than pyproject.toml when all is in place.
# Without the libraries of the PDF report everything else works: .ci/deps says how to install them, and make goes on.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "joulecard needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) -V 2>/dev/null || echo not installed); name a newer one: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments: install the package python3-venv (sudo apt-get install python3-venv) and run make again" >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --editable '.[all]' --group test --group check
	@bash .ci/deps pdf || echo "without them there is no PDF report; all else works" >&2
	@touch $@
