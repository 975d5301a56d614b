# What a user of this repository does. `make help` lists it. Everything built is kept: build/, and the cache folder that
# hack/ names (KIP_CACHE).
DOCKERIMAGE_NAME ?= quay.io/eclipse/kubernetes-image-puller
DOCKERIMAGE_TAG  ?= next
AGENTIMAGE_NAME  ?= quay.io/eclipse/image-puller-agent
JOBS             ?= $(shell nproc)
FUZZ_SECONDS     ?= 60
export DOCKERIMAGE_NAME DOCKERIMAGE_TAG AGENTIMAGE_NAME JOBS

.DEFAULT_GOAL := all
.PHONY: all build program agent agent-image test test-long unit-test test-chart e2e demo demo-down image docker image-check lint format bench fuzz \
  manifests bundle test-sanitizers test-cluster clean help

## all: build everything (the default)
all: build

## demo: the whole job on a local two-node cluster, from nothing; ends with a table
demo:
	hack/install-deps build cluster image
	hack/prepare
	hack/demo

## demo-down: end the local cluster
demo-down:
	hack/cluster down

## test: unit tests, then end-to-end tests on the local cluster; what CI runs
test: unit-test e2e

## build: the service and sleep, static, in build/release
build:
	hack/install-deps build
	cmake --preset release >/dev/null
	cmake --build --preset release --parallel $(JOBS)

## program: the service and sleep for this machine alone, without tests
program:
	hack/install-deps build
	cmake --preset release >/dev/null
	cmake --build --preset release --parallel $(JOBS) --target kubernetes-image-puller sleep

## agent: the agent of nodes, static, without tests
agent:
	hack/install-deps build
	cmake --preset release >/dev/null
	cmake --build --preset release --parallel $(JOBS) --target image-puller-agent sleep

## unit-test: all tests that need no cluster
unit-test: build
	ctest --preset release --parallel $(JOBS)
	hack/install-deps test
	/usr/bin/python3 -m pytest -q hack/tests

## e2e: end-to-end tests on the local cluster (hack/run-e2e.sh --kind: on kind)
e2e: program agent
	hack/install-deps cluster image test
	hack/build-tools >/dev/null
	hack/make-image
	hack/make-image agent
	hack/run-e2e.sh $(E2E_ARGS)

## test-long: the end-to-end tests that take minutes each: long outages, etcd put back (half an hour)
test-long:
	$(MAKE) e2e E2E_ARGS='-m long $(E2E_ARGS)'

## test-chart: helm lint and helm-unittest on the chart
test-chart:
	hack/build-tools >/dev/null
	hack/build-tools --chart >/dev/null
	hack/test-chart

## image: the image, as build/image/kubernetes-image-puller.tar and DOCKERIMAGE_NAME:DOCKERIMAGE_TAG
image: program
	hack/install-deps image
	hack/make-image

## agent-image: that of the agent, as build/image/image-puller-agent.tar and AGENTIMAGE_NAME:DOCKERIMAGE_TAG
agent-image: agent
	hack/install-deps image
	hack/make-image agent

## docker: the same as image
docker: image

## image-check: build the Dockerfile from nothing and compare it with what `make image` gives
image-check: image
	hack/check-image

## manifests: render deploy/manifests from the Helm chart
manifests:
	hack/install-deps test
	hack/build-tools >/dev/null
	hack/render-manifests

## bundle: make deploy/operator/bundle and its catalog of the operator's manifests
bundle:
	hack/install-deps test
	hack/render-bundle

## lint: formatting, static analysis, shell scripts, chart, manifests, bundle
lint:
	hack/install-deps build lint test
	hack/build-tools >/dev/null
	hack/build-tools --chart >/dev/null
	hack/lint

## format: format the C++ sources
format:
	hack/install-deps lint
	hack/lint --fix

## bench: measure service and agent on the local cluster, beside their limits (50 minutes)
bench: build
	hack/install-deps cluster image test
	hack/build-tools >/dev/null
	hack/build-tools --scale >/dev/null
	hack/make-image
	hack/make-image agent
	hack/cluster up 2
	hack/bench

## fuzz: FUZZ_SECONDS (60) of libFuzzer on each parser
fuzz:
	hack/install-deps build lint
	hack/fuzz $(FUZZ_SECONDS)

## test-sanitizers: unit tests with address+undefined and with thread sanitizers
test-sanitizers:
	hack/install-deps build
	for preset in asan tsan; do \
	  cmake --preset $$preset >/dev/null && cmake --build --preset $$preset --parallel $(JOBS) && \
	  ctest --preset $$preset --parallel $(JOBS) || exit; \
	done

## test-cluster: test the local cluster itself
test-cluster:
	hack/install-deps cluster
	hack/build-tools >/dev/null
	hack/test-cluster $(TEST_CLUSTER_ARGS)

## clean: remove what was built here (not the cache folder)
clean:
	rm -rf build

## help: this list
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)
