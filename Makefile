# Everything happens in .venv; nothing else on the machine is touched. "make" lists what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMPS := $(VENV)/.stamps

# What is imported is compiled once and kept, also where the environment forbids it; .venv is ours.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run test check format lint types serve train benchmark docs clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(STAMPS)/base ## set up, then find and measure the particles of the sample scans
	$(BIN)/particlesnn detect $(wildcard examples/*.txt examples/*.gwy examples/*.png) -o results --overwrite
	@echo "Open results/report.html to look at them."

test: $(STAMPS)/dev ## set up, then run all tests
	$(BIN)/python -m pytest -n auto

check: format lint types test ## format, lint and type checks, then all tests

format: $(STAMPS)/dev ## is everything formatted?
	$(BIN)/ruff format --check .

lint: $(STAMPS)/dev ## does ruff find fault?
	$(BIN)/ruff check .

types: $(STAMPS)/dev ## does mypy find fault?
	$(BIN)/mypy

serve: $(STAMPS)/base ## run the web service on this machine (not built yet)
	@echo "The web service is not part of this version yet; use 'make run' or '$(BIN)/particlesnn detect'." >&2; exit 1

train: $(STAMPS)/dev ## train the shipped weights from nothing (hours on an accelerator's machine, days on two cores)
	$(BIN)/particlesnn train configs/dense.toml --resume
	$(BIN)/particlesnn train configs/dense-more.toml --resume
	$(BIN)/particlesnn export runs/dense-more/checkpoint.pt -o runs/dense-more/dense.onnx

benchmark: $(STAMPS)/dev ## measure the shipped weights on simulated and real labelled scans
	$(BIN)/python benchmarks/accuracy.py

docs: $(STAMPS)/docs ## build the documentation into site/
	$(BIN)/mkdocs build --strict

clean: ## remove what was built; results/ and runs/ stay
	rm -rf $(VENV) site .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "ParticlesNN needs Python 3.11 or newer; name one with 'make run PYTHON=/path/to/python3'." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# Not compiled: the bytecode of all that is never imported is a fifth of the whole install.
$(STAMPS)/base: pyproject.toml | $(BIN)/python
	$(PIP) install -q --no-compile -e .
	@mkdir -p $(STAMPS) && touch $@

# pip learnt to install dependency groups in 25.1.
$(STAMPS)/pip: | $(BIN)/python
	$(PIP) install -q 'pip>=25.1'
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: pyproject.toml constraints.txt $(STAMPS)/pip
	$(PIP) install -q -c constraints.txt -e '.[train]' --group dev
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/base

$(STAMPS)/docs: pyproject.toml $(STAMPS)/pip
	$(PIP) install -q -e . --group docs
	@mkdir -p $(STAMPS) && touch $@
