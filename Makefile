# One command for each need. On a fresh machine each makes its own environment (.venv) first.
#
#   make demo    the main job on real data: `oplift demo`
#   make test    every test, doctests and docs included
#   make lint    format, lint, types, freshness of the generated code (what pre-commit runs too)
#   make gen     regenerate rules/generated/ from rules/*.yaml
#   make bench   time oplift against torch.func, torch.compile and JAX; writes docs/benchmarks.md
#   make ratchet no entry of PyTorch's operator database that passed may fail (make ratchet-write records progress)
#   make coverage  docs/coverage.html: every operator, how it is handled and how accurately (make coverage-write measures
#                  that anew, in several minutes; with ARGS=--missing only what has no record)
#
# PYTHON=python3.12   the interpreter that makes the environment      VENV=dir   where it is made
# PY=python3          use an interpreter that has torch and the test packages already (a GPU image); nothing is
#                     installed into it: oplift itself is put into build/here
# JOBS=2              processes for the tests

PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
ARGS ?=

ifdef PY
READY := build/here
export PYTHONPATH := $(CURDIR)/build/here
else
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
endif

.PHONY: demo test lint types gen bench ratchet ratchet-write coverage coverage-write clean build/here

demo: $(READY)
	$(PY) -m oplift.cli demo $(ARGS)

test: $(READY)
	$(PY) -m pytest -n $(JOBS) $(ARGS)

lint: types
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m oplift.codegen check

# The package's folder is called core/: a link gives mypy the name that it is imported by.
types: $(READY)
	mkdir -p build/types
	ln -sfn ../../core build/types/oplift
	$(PY) -m mypy

gen: $(READY)
	$(PY) -m oplift.codegen

bench: $(READY)
	mkdir -p build
	$(PY) -m pytest benchmarks --benchmark-enable --benchmark-only --benchmark-json=build/benchmarks.json $(ARGS)
	$(PY) -m benchmarks.report build/benchmarks.json docs/benchmarks.md

ratchet: $(READY)
	$(PY) -m tests.opdb ratchet --jobs $(JOBS) $(ARGS)

ratchet-write: $(READY)
	$(PY) -m tests.opdb write --jobs $(JOBS) $(ARGS)

coverage: $(READY)
	$(PY) -m oplift.cli coverage --html docs/coverage.html

coverage-write: $(READY)
	TORCH_CPP_LOG_LEVEL=ERROR $(PY) -m tests.accuracy --jobs $(JOBS) $(ARGS)

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

build/here:
	rm -rf build
	$(PY) -m pip install --quiet --no-deps --no-build-isolation --target build/here .

clean:
	rm -rf build dist .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
