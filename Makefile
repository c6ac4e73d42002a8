# `make help` lists what can be made. PYTHON= names another interpreter for the environment,
# PORT= another port for the demo, MINUTES= another length of the soak.

PYTHON ?= python3
PORT ?= 8000
MINUTES ?= 10

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# PyO3's build script must not find another interpreter than the one that was asked for. Left
# alone otherwise, so that cargo run by hand shares its builds with cargo run from here.
ifneq ($(PYTHON),python3)
export PYO3_PYTHON := $(PYTHON)
endif

TYPED := python/tegata $(wildcard tests/typing)
TYPED_TOOLS := noxfile.py tools $(addprefix tests/,compat docs jose jwks soak sqlx) \
	$(addprefix tests/,conftest.py postgres.py settings.py)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: extension $(VENV)/.demo ## build everything and serve the demo; PORT= changes the port
	@cd examples/django && ../../$(BIN)/python manage.py migrate --verbosity 0
	@cd examples/django && ../../$(BIN)/python manage.py seed_demo
	@printf '%s\n' '' \
		'Tegata demo   http://127.0.0.1:$(PORT)/' \
		'  Swagger     http://127.0.0.1:$(PORT)/api/docs' \
		'  Admin       http://127.0.0.1:$(PORT)/admin/' \
		'  User        demo / tegata-demo' \
		'  With a code otp / tegata-otp' \
		'              now: $(BIN)/python examples/django/manage.py demo_code' \
		'  Admin       admin / tegata-admin' \
		'Ctrl-C stops it.' ''
	@cd examples/django && exec ../../$(BIN)/python manage.py runserver 127.0.0.1:$(PORT)

.PHONY: demo-both
demo-both: extension $(VENV)/.demo ## build and serve the demo and a service in Rust beside it, on one database
	@cargo build --package tegata-example-django-and-axum
	@exec $(BIN)/python examples/django-and-axum/run.py

.PHONY: test
test: components ## build and run every test
# While cargo compiles, pip waits for the network.
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=line environments test-rust
	@$(MAKE) --no-print-directory test-python
	@$(BIN)/python tools/components.py left-out

.PHONY: test-rust
test-rust: test-crates test-doctests ## run the tests of the crates

# What a feature that no other crate turns on brings along. Of the whole workspace, or cargo would
# build dependencies again with the features that this crate alone asks for.
ML_DSA := --workspace --features tegata-jose/ml-dsa --no-fail-fast
ML_DSA += --test ml_dsa --test attacks --test rfc_vectors --test jwk

.PHONY: test-crates
test-crates: rust
	@if command -v cargo-nextest >/dev/null; then \
		echo 'cargo nextest run --workspace'; \
		cargo nextest run --workspace --no-fail-fast && \
		echo 'cargo nextest run --features tegata-jose/ml-dsa' && \
		cargo nextest run $(ML_DSA); \
	else \
		echo 'cargo test --workspace --tests'; \
		cargo test --workspace --tests --no-fail-fast && \
		cargo test $(ML_DSA); \
	fi

.PHONY: test-doctests
test-doctests: rust
	cargo test --workspace --doc --no-fail-fast

# Two at a time, each of its own interpreter first, so that neither waits for the other's wheel; what
# each prints comes in one piece. The one that takes longest comes in two, by its databases.
CORNERS := django-new-ninja-new@sqlite django-5.2-ninja-1.4 django-new-ninja-new@postgres \
	django-5.2-ninja-new django-new-ninja-1.4

.PHONY: environments
environments: $(VENV)/.dev ## make the environments of the Python tests, all but the package itself
	@$(BIN)/nox --session tests --install-only

.PHONY: test-python
test-python: program $(VENV)/.dev ## run the Python tests, on every supported corner of versions
	@$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target \
		$(CORNERS:%=test-corner-%)

.PHONY: $(CORNERS:%=test-corner-%)
$(CORNERS:%=test-corner-%): test-corner-%:
	env $(if $(findstring @,$*),TEGATA_TEST_ONLY=$(lastword $(subst @, ,$*))) \
		$(BIN)/nox --session 'tests($(firstword $(subst @, ,$*)))'

.PHONY: soak
soak: components extension $(VENV)/.dev ## race sessions, kill servers and databases; MINUTES= is how long
	@$(BIN)/python -m tests.soak --minutes $(MINUTES)

.PHONY: bench
bench: rust $(VENV)/.build ## measure against the peers; BENCH=--quick is shorter
	@$(BIN)/python benches/python/run.py $(BENCH)

# One target for each checker, so that `make --keep-going check` reports on all of them.
.PHONY: check
check: check-rustfmt check-clippy check-format check-ruff check-mypy check-pyright
check: ## check formatting, lints and types

.PHONY: check-rustfmt
check-rustfmt: rust
	cargo fmt --all --check

.PHONY: check-clippy
check-clippy: rust
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy -p tegata-jose --features ml-dsa --all-targets -- -D warnings

.PHONY: check-format
check-format: $(VENV)/.dev
	$(BIN)/ruff format --check .

.PHONY: check-ruff
check-ruff: $(VENV)/.dev
	$(BIN)/ruff check .

.PHONY: check-mypy
check-mypy: extension-for-tests $(VENV)/.dev
	$(BIN)/mypy $(TYPED) $(TYPED_TOOLS)

.PHONY: check-pyright
check-pyright: extension-for-tests $(VENV)/.dev
	$(BIN)/pyright $(TYPED)

.PHONY: format
format: rust $(VENV)/.dev ## rewrite the sources in their one format
	cargo fmt --all
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: messages
messages: ## compile the translations; both files of a catalogue are kept
	@command -v msgfmt >/dev/null || { printf '%s\n' \
		'error: there is no `msgfmt`, so no translation can be compiled' \
		'hint: install GNU gettext' >&2; exit 1; }
	@for catalogue in python/tegata/compat/*/locale/*/LC_MESSAGES/django.po; do \
		msgfmt --check-format --output-file="$${catalogue%.po}.mo" "$$catalogue" || exit 1; \
	done

.PHONY: docs
docs: $(VENV)/.docs ## build the documentation into site/
	$(BIN)/zensical build --strict --clean
	$(BIN)/python tools/check_site.py site

.PHONY: clean
clean: ## remove everything that was built, environments and the demo's database too
	cargo clean
	rm -rf .venv .nox site .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f examples/django/demo.sqlite3*

.PHONY: extension
extension: rust $(VENV)/.build ## build the Rust extension and install it into .venv
	@$(BIN)/python tools/install_extension.py $(BIN)/python

# The environments of the tests take the same wheel.
# Of the whole workspace, or cargo would build dependencies again with fewer of their features.
.PHONY: program
program: rust
	cargo build --workspace --bins

.PHONY: extension-for-tests
extension-for-tests: rust $(VENV)/.build
	@$(BIN)/python tools/install_extension.py --profile dev $(BIN)/python

.PHONY: components
components: $(VENV)/.pip
	@$(BIN)/python tools/components.py install

.PHONY: rust
rust:
	@command -v cargo >/dev/null || { printf '%s\n' \
		'error: there is no `cargo`, so nothing of Rust can be built' \
		'hint: install Rust 1.94 or newer, and open a new terminal' >&2; exit 1; }

$(VENV)/.pip: tools/make_environment.sh
	@tools/make_environment.sh '$(PYTHON)' $(VENV)
	@touch $@

$(VENV)/.build $(VENV)/.demo $(VENV)/.dev $(VENV)/.docs: $(VENV)/.%: $(VENV)/.pip pyproject.toml
	$(PIP) --group $*
	@touch $@
