# What people do with this repository. `make help` lists it.

.DEFAULT_GOAL := help
.PHONY: help setup up down test bench fmt

# rustup's place, for shells that were open before it was installed
export PATH := $(PATH):$(HOME)/.cargo/bin
# package caches of tests and benchmarks, kept between runs
export CAUSEWAY_CACHE ?= $(HOME)/.cache/causeway

# in CI a test that skips itself because something is missing has failed
ifeq ($(CI),true)
export CAUSEWAY_NO_SKIP := 1
LOCKED := --locked
endif

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing to build, run and test (as root on Debian; otherwise say what and how)
	@scripts/setup.sh test

up: ## Build, install `platform`, and start a server with the demo; ARGS="--listen 127.0.0.1:8007" is passed on
	@scripts/setup.sh run
	cargo build --release -p platform $(LOCKED)
	@scripts/server.sh up $(ARGS)

down: ## Stop the server that `make up` started; its data stays in .platform
	@scripts/server.sh down

test: ## Check format, lints, house and documents, and run every test
	@scripts/setup.sh test
	@scripts/check.sh
	cargo fmt --all --check
	cargo clippy --workspace --all-targets $(LOCKED) -- -D warnings
	@scripts/test.sh $(LOCKED)

bench: ## Measure `create service` by phase, template rendering, the store, and the ingress against nginx
	@scripts/setup.sh bench
	@scripts/bench.sh

fmt: ## Format the code
	cargo fmt --all
