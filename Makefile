# What there is to do with this repository; `make help` lists it.

CARGO ?= cargo
PREFIX ?= $(HOME)/.local
LAB := tests/lab/lab
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help deps run test lab lab-down test-lab bench fuzz fmt lint doc install

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null || \
	  sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1: \2/p' $(MAKEFILE_LIST)

deps:
	@.ci/deps

run: deps ## build and open the console on the bundled demo (ARGS="--ascii" adds flags)
	$(CARGO) run --release --locked -- --demo $(ARGS)

test: deps ## the whole test suite; no root, no daemon, no network
	$(CARGO) test --locked

lab: deps ## bring up real libvirt hosts on this machine (needs root) and open the console on them
	$(LAB) up
	$(CARGO) run --release --locked -- --inventory "$$($(LAB) dir)/inventory.toml" $(ARGS)

lab-down: ## remove every trace of the lab
	$(LAB) down

test-lab: deps ## tests against real libvirt hosts (needs root; the lab is brought up and down)
	tests/lab/test

bench: ## measurements; see README for what they mean
	@.ci/deps daemon
	$(CARGO) bench --locked $(ARGS)

# Bytes that break a promise of tests/fuzz/src are sought with libFuzzer; it takes a nightly
# toolchain and `cargo install cargo-fuzz`. What breaks one is left in tests/fuzz/artifacts.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= emulator guest rfb picture text xml config

fuzz: deps ## look for bytes that break a reader (FUZZ_SECONDS=60 for each; FUZZ_TARGETS="rfb xml" for some)
	cp Cargo.lock tests/fuzz/Cargo.lock
	@set -e; cd tests/fuzz; for target in $(FUZZ_TARGETS); do \
	  mkdir -p found/$$target; \
	  $(CARGO) +nightly fuzz run --fuzz-dir . --sanitizer none $$target found/$$target corpus/$$target -- \
	    -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -max_len=16384; \
	done

fmt: ## format the sources
	$(CARGO) fmt

lint: deps ## clippy without mercy
	$(CARGO) clippy --locked --all-targets --all-features -- -D warnings

doc: deps ## the crate's documentation, architecture included
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items

install: deps ## build and install to PREFIX (~/.local)
	$(CARGO) install --locked --path . --root "$(PREFIX)"
