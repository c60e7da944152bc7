# One recipe per job. Every recipe sets up what it needs, inside this folder, and does again only what changed.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo build check test test-rust test-zfp test-python lint types fmt interop stores fuzz bench bench-cloud bench-env docs \
  wheel wheel-test clean

VENV := .venv
PY := $(VENV)/bin/python
STAMPS := $(VENV)/stamps
BENCH := .venvs/bench
CLEAN := .venvs/wheel

RUST := Cargo.toml Cargo.lock $(shell find rust -name '*.rs' -o -name Cargo.toml)
PYTHON_SOURCES := $(shell find python -name '*.py' -o -name '*.pyi')
# The stable ABI's floor is 3.11, so an older python3 first on PATH must not be the one that cargo finds.
CARGO_ENV := PYO3_PYTHON=$(CURDIR)/$(PY)
PIP := -m pip --disable-pip-version-check --quiet
# What the bindings of the C library zfp are made with, from the build group; `cargo build` alone leaves the codec out.
ZFP_ENV = eval "$$(scripts/bindgen-env $(PY))"; VIRTUAL_ENV=$(CURDIR)/$(VENV) $(CARGO_ENV)

help: ## list the recipes
	@grep -E '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(STAMPS)/built $(STAMPS)/demo ## ingest MRI volumes and a 1 GiB field, verify every value, leave a picture
	@$(PY) demo/ingest.py

build: $(STAMPS)/built ## release build into .venv, in place
	@$(PY) -c 'import zarrust; print("zarrust", zarrust.__version__, "at", zarrust.__file__)'

check: lint ## format, lints, types, stubs, sizes; changes nothing

lint: $(STAMPS)/built $(STAMPS)/lint
	cargo fmt --all --check
	$(ZFP_ENV) cargo clippy --workspace --all-targets --release --features zfp -- -D warnings
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m mypy.stubtest zarrust._core
	@git ls-files --cached --others --exclude-standard -- '*.rs' '*.py' '*.pyi' Makefile | while read -r file; do \
	  lines=$$(wc -l < "$$file"); [ "$$lines" -le 600 ] || { echo "$$file: $$lines lines, at most 600"; touch $(STAMPS)/long; }; done
	@if [ -e $(STAMPS)/long ]; then rm $(STAMPS)/long; exit 1; fi

types: $(STAMPS)/built $(STAMPS)/types ## pyright, strict, on the examples of the README and the guide
	$(PY) scripts/typed-examples
	$(PY) -m pyright --pythonpath $(PY) --project target/examples

test: test-rust test-zfp test-python ## every test, Rust and Python

test-rust: ## the core's tests; no Python needed
	cargo test --release --locked

test-zfp: $(STAMPS)/build ## the core's tests of the codec zfp, which is built from C
	$(ZFP_ENV) cargo test --release --locked --features zfp --lib zfp

test-python: $(STAMPS)/built $(STAMPS)/test $(STAMPS)/servers ## the Python suite and the examples of the docstrings
	# as_zarr takes the name of zarr-python, which other tests need.
	$(PY) -m pytest --doctest-modules python/zarrust --ignore python/zarrust/as_zarr.py -q -p no:randomly
	$(PY) -m pytest --numprocesses auto --dist loadfile $(PYTEST_ARGS)

fmt: $(STAMPS)/lint ## format Rust and Python in place
	cargo fmt --all
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

interop: $(STAMPS)/built $(STAMPS)/test $(STAMPS)/servers $(STAMPS)/interop ## who reads what we write, and we them: the longer matrix
	$(PY) tests/interop/matrix.py --longer

stores: $(STAMPS)/built $(STAMPS)/test $(STAMPS)/servers ## every store on every server: how many tests pass there
	$(PY) tests/storage/matrix.py

fuzz: ## every decoder for a minute; needs cargo-fuzz (FUZZ_ARGS="--seconds 5 gzip zip")
	scripts/fuzz $(FUZZ_ARGS)

bench: bench-env ## compare with zarr, zarrs and tensorstore on this machine (BENCH_ARGS=--help)
	$(BENCH)/bin/python benches/compare.py $(BENCH_ARGS)

bench-cloud: bench-env $(STAMPS)/servers ## the same on S3 with a network's latency; needs Go (BENCH_ARGS=--help)
	for part in latency plain; do (cd benches/$$part && go build -buildvcs=false -o $(CURDIR)/.venvs/servers/bin/$$part .); done
	PATH=$(CURDIR)/.venvs/servers/bin:$$PATH $(BENCH)/bin/python benches/cloud.py $(BENCH_ARGS)

bench-env: $(STAMPS)/wheel
	python=$$(scripts/find-python 11 newest); \
	if [ "$$(cat $(BENCH)/python 2>/dev/null)" != "$$python" ]; then \
	  rm -rf $(BENCH); "$$python" -m venv $(BENCH); echo "$$python" > $(BENCH)/python; fi
	$(BENCH)/bin/python $(PIP) install -r benches/requirements.txt
	$(BENCH)/bin/python $(PIP) install --force-reinstall --no-deps dist/zarrust-*.whl

docs: $(STAMPS)/docs ## the guide and the reference as a web site in target/site; the tests run its examples
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet
	@echo target/site/index.html

wheel: $(STAMPS)/wheel ## release wheel into dist/
	@ls dist

wheel-test: $(STAMPS)/wheel $(STAMPS)/test ## the wheel in a fresh environment with no cargo or rustc on PATH
	rm -rf $(CLEAN)
	$(PY) -m venv $(CLEAN)
	env PATH=$(CURDIR)/$(CLEAN)/bin $(CLEAN)/bin/python $(PIP) install dist/zarrust-*.whl
	env PATH=$(CURDIR)/$(CLEAN)/bin $(CLEAN)/bin/python tests/wheel/round_trip.py write $(CLEAN)/data
	$(PY) tests/wheel/round_trip.py read $(CLEAN)/data

clean: ## remove everything that the recipes made
	rm -rf $(VENV) .venvs target dist demo-data .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find python -name '_core*.so' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up. A stamp is newer than what it was made from.

$(STAMPS)/venv:
	"$$(scripts/find-python 11)" -m venv $(VENV)
	$(PY) $(PIP) install --upgrade 'pip>=25.1'
	mkdir -p $(STAMPS)
	touch $@

# Groups of pyproject.toml: build, test, lint, types, interop, demo, docs. Installing what is there already takes a second.
$(STAMPS)/build $(STAMPS)/test $(STAMPS)/lint $(STAMPS)/types $(STAMPS)/interop $(STAMPS)/demo $(STAMPS)/docs: $(STAMPS)/%: pyproject.toml | $(STAMPS)/venv
	$(PY) $(PIP) install --group $*
	touch $@

# Servers of other makers, and zarrita.js: what npm, Go and Debian can give here. Tests of what is missing are skipped by name.
$(STAMPS)/servers: scripts/servers $(wildcard tests/storage/gcsxml/*) | $(STAMPS)/venv
	scripts/servers .venvs/servers
	touch $@

$(STAMPS)/built: $(RUST) pyproject.toml | $(STAMPS)/build
	$(ZFP_ENV) $(VENV)/bin/maturin develop --release --locked --features zfp
	touch $@

$(STAMPS)/wheel: $(RUST) $(PYTHON_SOURCES) pyproject.toml README.md LICENSE | $(STAMPS)/build
	rm -rf dist
	$(ZFP_ENV) $(VENV)/bin/maturin build --release --locked --features zfp --out dist
	touch $@
