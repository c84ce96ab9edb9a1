# The image that docker-build builds and that installer and deploy refer to.
IMG ?= controller:latest
CONTAINER_TOOL ?= docker
# What manager --version, the image's labels, the chart and the label app.kubernetes.io/version say. The date is the commit's, so that equal sources make equal images.
VERSION ?= $(shell git describe --tags --match 'v*' --dirty --always 2>/dev/null || echo unknown)
COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
DATE ?= $(shell date -u -d @$(SOURCE_DATE_EPOCH) +%FT%TZ 2>/dev/null || date -u -r $(SOURCE_DATE_EPOCH) +%FT%TZ)
# The platforms of image and docker-buildx.
PLATFORMS ?= linux/amd64,linux/arm64
KUBECTL ?= kubectl
# make deploy CONFIG=config/default-osb: the kustomize folder to deploy; that one has the OSB endpoint, and your own overlay what it says.
CONFIG ?= config/default
# make undeploy ORPHAN=yes: release all objects first, and leave what they stand for at the Managers.
ORPHAN ?=
# What checks that: the manager, as this tree has it.
MANAGER ?= go run .
# make uninstall ignore-not-found=true: do not complain about what is already gone.
ignore-not-found ?= false
# make test RACE=1: with the race detector; about twice the time.
RACE ?=
# make fuzz FUZZTIME=10m FUZZ=./internal: how long each target runs, and which.
FUZZTIME ?= 30s
FUZZ ?= .
# make chaos SEEDS="1 2 3" DURATION=10m RELEASE=5.2: which runs, how long things go wrong, and at which release of the Manager.
SEEDS ?= 1
DURATION ?= 10m
RELEASE ?= 7.1
# make bench BENCH=osb BENCH_ROUND=300ms BENCH_ROUNDS=3 BENCH_PPROF=bin/profiles BENCH_ARGS="--idle 1000": which parts, how long and how
# often each side of a contest works, a folder for profiles of the operator, and other numbers (bin/bench --help).
BENCH ?= osb operator scale
BENCH_FLAGS = $(if $(BENCH_ROUND),--round $(BENCH_ROUND)) $(if $(BENCH_ROUNDS),--rounds $(BENCH_ROUNDS)) $(if $(BENCH_PPROF),--pprof $(BENCH_PPROF)) $(BENCH_ARGS)
# make test TESTFLAGS='-run Stalls -v' PKG=./controllers/...
TESTFLAGS ?=
PKG ?= $(shell go list ./... | grep -v /hack/e2e)
# What starts no goroutines has no races, and tries so much that the detector would take minutes.
SEQUENTIAL := %/hack/simulator/internal/dsl
# Stories of the whole process go one after the other, for all operators of a control plane see all objects. In ci these, which
# take half of the time, have a control plane of their own beside the others.
STORIES := ./hack/e2e/...
HALF := TestAFrozenLeader|TestDocuments|TestKilled|TestReplicas

GOLANGCI_LINT := bin/tools/golangci-lint
KUSTOMIZE := bin/tools/kustomize
CRD_REF_DOCS := bin/tools/crd-ref-docs
HELM := bin/tools/helm
HELM_DOCS := bin/tools/helm-docs
PROMETHEUS := bin/tools/prometheus
PROMTOOL := bin/tools/promtool
CONTROLLER_GEN := go tool controller-gen
# What the chart has from the kustomize folders, under the same paths in config/chart/files.
CHART_FILES := crd/bases/*.yaml rbac/*role*.yaml rbac/references/*role*.yaml broker/auth_role*.yaml namespaced/cluster_role.yaml policy/osb.yaml \
	prometheus/monitor.yaml prometheus/rules.yaml prometheus/dashboard.json
MODULES := . hack/bench/plot hack/controlplane hack/image hack/tools hack/tools/crd-ref-docs hack/tools/helm hack/tools/helm-docs hack/tools/prometheus

SHELL := /usr/bin/env bash -o pipefail
.SHELLFLAGS := -ec
# Targets write to the tree that others read: one after the other.
.NOTPARALLEL:
.DEFAULT_GOAL := help

##@ General

.PHONY: help
help: ## Show this help.
	@awk 'BEGIN {FS = ":.*##"; printf "Usage: make \033[36m<target>\033[0m\n"} \
		/^[a-z0-9-]+:.*##/ {printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2} \
		/^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)}' $(MAKEFILE_LIST)

##@ Develop

.PHONY: generate
generate: $(CRD_REF_DOCS) $(HELM_DOCS) ## Generate deep copies, CRDs, the manager's role, docs/api.md and the generated parts of the chart.
	$(CONTROLLER_GEN) object:headerFile=hack/boilerplate.go.txt paths=./api/...
	$(CONTROLLER_GEN) crd paths=./api/... output:crd:dir=config/crd/bases
	$(CONTROLLER_GEN) rbac:roleName=manager-role $(patsubst %,paths=./%/...,$(wildcard controllers broker)) output:rbac:dir=config/rbac
	$(CRD_REF_DOCS) --log-level=ERROR --source-path=api/v1alpha1 --config=hack/tools/crd-ref-docs/config.yaml --templates-dir=hack/tools/crd-ref-docs/templates --renderer=markdown --output-path=docs/api.md
	rm -rf config/chart/files && mkdir config/chart/files
	cd config && tar cf - $(CHART_FILES) | tar xf - -C chart/files
	$(HELM_DOCS) --chart-search-root config/chart --sort-values-order file --log-level warning

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the sources.
	$(GOLANGCI_LINT) fmt

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Run the linters.
	$(GOLANGCI_LINT) run
	cd hack/bench/plot && ../../../$(GOLANGCI_LINT) run
	cd hack/image && ../../$(GOLANGCI_LINT) run

.PHONY: test
test: controlplane $(PROMTOOL) ## Run all tests except e2e. RACE=1 adds the race detector.
	go test $(if $(RACE),-race) -timeout 30m $(TESTFLAGS) $(filter-out $(SEQUENTIAL),$(PKG))
	$(if $(filter $(SEQUENTIAL),$(PKG)),go test $(TESTFLAGS) $(filter $(SEQUENTIAL),$(PKG)))

.PHONY: test-long
test-long: controlplane ## Run 200 random sequences of edits, faults and restarts; test runs 20.
	CLOUDIFY_SEQUENCES=$${CLOUDIFY_SEQUENCES:-200} go test -count 1 $(if $(RACE),-race) -timeout 30m -run TestRandomSequences $(TESTFLAGS) ./controllers

.PHONY: fuzz
fuzz: ## Run each fuzz target below FUZZ for FUZZTIME, two at a time. Findings are in testdata/fuzz: commit them with the fix.
	@grep -ro --include='*_test.go' '^func Fuzz[A-Za-z]*' $(FUZZ) | sed 's|/[^/]*:func | |' | sort -u | xargs -P 2 -L 1 \
		sh -c 'go test -run "^$$" -fuzz "^$$2\$$" -fuzztime $(FUZZTIME) -parallel 1 "$$1" </dev/null' fuzz

.PHONY: e2e
e2e: controlplane build e2e-built ## Run the end-to-end tests. RACE=1 as above, for the operator too.

.PHONY: e2e-built
e2e-built: $(HELM) $(KUSTOMIZE) $(PROMETHEUS)
	go test $(if $(RACE),-race) -timeout 20m $(TESTFLAGS) $(STORIES)

.PHONY: flood
flood: controlplane build ## Connect 20,000 unauthenticated clients to the OSB endpoint; report memory and a valid caller's latency. FLOOD=5000: fewer.
	CLOUDIFY_FLOOD=$${FLOOD:-20000} go test -count 1 -v -run TestStrangersAtTheDoor $(TESTFLAGS) ./hack/e2e

.PHONY: scale
scale: STORY := go test -count 1 -v -timeout 60m $(TESTFLAGS) -run
scale: controlplane ## Run the tests of many objects with 10,000 idle, 1,000 at once or 200 at each failing Manager; test uses 150. IDLE, CROWD, WORKERS, BINDINGS: other numbers.
	CLOUDIFY_CROWD=$${IDLE:-10000} $(STORY) TestManyIdleDeployments ./controllers
	CLOUDIFY_CROWD=$${CROWD:-1000} $(if $(WORKERS),CLOUDIFY_WORKERS=$(WORKERS)) $(STORY) TestManyD ./controllers
	CLOUDIFY_CROWD=$${CROWD:-200} $(STORY) TestNoManagerHoldsUpAnother ./controllers
	CLOUDIFY_BINDINGS=$${BINDINGS:-1000} $(STORY) TestDeprovisionWaitsForNoBinding ./broker

.PHONY: bench
bench: controlplane build bin/bench bin/bench-plot ## Measure the operator against its limits on an otherwise idle machine, and write docs/benchmarks.md. BENCH as above.
	@exec bin/bench --parts "$(BENCH)" $(BENCH_FLAGS)

.PHONY: dashboard
dashboard: controlplane build bin/bench-plot $(PROMETHEUS) ## Run the operator, scrape it with Prometheus and draw docs/dashboard.svg of the dashboard's queries.
	CLOUDIFY_DASHBOARD=$(CURDIR)/bin/dashboard.json go test -count 1 -run TestDashboard $(TESTFLAGS) ./hack/e2e
	bin/bench-plot docs/dashboard.svg <bin/dashboard.json

.PHONY: bench-check
bench-check: controlplane build bin/bench ## Measure some ratios again; fail if one is below 90 % of the figure in docs/benchmarks.md.
	@exec bin/bench --check $(BENCH_FLAGS)

.PHONY: chaos
chaos: controlplane build bin/chaos-driver ## Run the operator while everything around it fails, then check the result. SEEDS, DURATION and RELEASE as above.
	@exec bin/chaos-driver --seeds "$(SEEDS)" --duration $(DURATION) --release $(RELEASE) $(ARGS)

.PHONY: verify
verify: generate tidy fmt ## Fail if generating, tidying or formatting changes a committed file.
	@changed=$$(git status --porcelain); \
	if [[ -n "$$changed" ]]; then \
		git --no-pager diff; \
		echo "The tree is not what is committed; commit what make verify leaves:"; \
		echo "$$changed"; \
		exit 1; \
	fi

.PHONY: tidy
tidy: ## Tidy the Go modules.
	@for module in $(MODULES); do (set -x; cd $$module && go mod tidy); done

# What has no deadline, to compile for other platforms and to fuzz, takes the time that the stories of the whole process leave.
# They leave too little for chaos: its API server needed minutes to start beside them.
.PHONY: ci
ci: RACE := 1
ci: verify lint test build $(HELM) $(KUSTOMIZE) $(PROMETHEUS) bin/chaos-driver ## Run everything that a change must pass.
	nice $(MAKE) image-test fuzz FUZZ=./broker >bin/shadow.log 2>&1 & shadow=$$!; \
	$(MAKE) e2e-built RACE=1 STORIES=./hack/e2e TESTFLAGS="-run '$(HALF)'" >bin/half.log 2>&1 & half=$$!; \
	$(MAKE) e2e-built RACE=1 TESTFLAGS="-skip '$(HALF)'" || failed=1; \
	for job in $$half $$shadow; do wait $$job || failed=1; done; \
	cat bin/half.log bin/shadow.log; exit $${failed:-0}
	bin/chaos-driver --duration 3m

##@ Local

.PHONY: demo
demo: plane build simulator ## Show the main use case from start to end. CLUSTER=current uses the cluster of your KUBECONFIG.
	@hack/demo.sh

.PHONY: dev
dev: plane build simulator ## Run control plane, simulator and operator until interrupted.
	@hack/gobuild.sh -o bin/devenv ./hack/cmd/devenv
	@exec bin/devenv --controlplane bin/plane --provide-controllers 'nice hack/controlplane/provide.sh bin/plane kube-controllers'

# What demo and dev start with. They have kube-controllers built while they run; programs that KUBEBUILDER_ASSETS names, and a
# kubectl on the PATH, need no build.
.PHONY: plane
plane:
	@hack/controlplane/provide.sh bin/plane $(PLANE)

PLANE = etcd kube-apiserver kubectl
demo: PLANE := $(if $(filter current,$(CLUSTER)),kubectl,$(PLANE))

.PHONY: controlplane
controlplane: ## Build etcd, kube-apiserver, kubectl and kube-controllers into bin/controlplane.
	@hack/controlplane/build.sh bin/controlplane

.PHONY: simulator
simulator: ## Build bin/simulator, a Cloudify Manager in memory.
	hack/gobuild.sh -o bin/simulator ./hack/cmd/simulator

.PHONY: run
run: ## Run the operator against the cluster of your KUBECONFIG.
	go run . $(ARGS)

##@ Build

.PHONY: build
build: ## Build bin/manager.
	$(if $(RACE),GOGC=$${GOGC:-400} go build -race,hack/gobuild.sh) -o bin/manager .

# Flags and workspaces around the operator are not meant for the module that makes the image.
IMAGE_MODULE = cd hack/image && GOFLAGS= GOWORK=off
DIST := dist
ARCHIVE = $(DIST)/cloudify-operator.tar

.PHONY: image
image: ## Write dist/cloudify-operator.tar: the image IMG for PLATFORMS as an OCI archive. No container engine is needed.
	@mkdir -p bin $(DIST)
	$(IMAGE_MODULE) go build -o ../../bin/image .
	bin/image --source . --output $(ARCHIVE) --name $(IMG) --platforms $(PLATFORMS) --version $(VERSION) --commit $(COMMIT) --date $(DATE)

.PHONY: image-test
image-test: image ## Build the image again and compare; inspect it, and start it without privileges.
	$(IMAGE_MODULE) go test -count 1 $(TESTFLAGS) .

STAMPS = --build-arg VERSION=$(VERSION) --build-arg COMMIT=$(COMMIT) --build-arg DATE=$(DATE)

.PHONY: docker-build
docker-build: ## Build the image IMG with CONTAINER_TOOL.
	$(CONTAINER_TOOL) build $(STAMPS) --tag $(IMG) .

.PHONY: docker-push
docker-push: ## Push the image IMG.
	$(CONTAINER_TOOL) push $(IMG)

# The compiler runs on the builder's own platform and compiles for the others.
.PHONY: docker-buildx
docker-buildx: ## Build and push the image IMG for PLATFORMS.
	sed 's/^FROM \(.*\) AS build$$/FROM --platform=$$BUILDPLATFORM \1 AS build/' Dockerfile | \
		SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) $(CONTAINER_TOOL) buildx build --push --platform $(PLATFORMS) $(STAMPS) --tag $(IMG) --file - .

# The manifests name the image controller:latest and the next version; IMG and VERSION replace them without touching the tree.
RENDER = $(KUSTOMIZE) build $(CONFIG) | sed -e 's|image: controller:latest|image: $(IMG)|' -e 's|\(app.kubernetes.io/version:\) .*|\1 "$(VERSION)"|'

.PHONY: installer
installer: $(KUSTOMIZE) ## Write dist/install.yaml: everything a cluster needs, with the image IMG.
	@mkdir -p $(DIST)
	$(RENDER) >$(DIST)/install.yaml

# Helm takes no version that is not a semantic one, as git's words for a commit without a tag are not.
CHART_VERSION ?= $(or $(patsubst v%,%,$(filter v%,$(VERSION))),0.0.0-g$(VERSION))

.PHONY: chart
chart: $(HELM) ## Write dist/cloudify-operator-VERSION.tgz: the Helm chart, for the image that has the tag VERSION.
	@mkdir -p $(DIST)
	$(HELM) package config/chart --version $(CHART_VERSION) --app-version $(VERSION) --destination $(DIST)

##@ Deploy

.PHONY: install
install: $(KUSTOMIZE) ## Install the CRDs into the cluster of your KUBECONFIG.
	$(KUSTOMIZE) build config/crd | KUBECTL="$(KUBECTL)" hack/deploy.sh

.PHONY: uninstall
uninstall: $(KUSTOMIZE) check-removal ## Remove the CRDs. Refuses while objects of their kinds exist. ORPHAN=yes as for undeploy.
	$(KUSTOMIZE) build config/crd | $(KUBECTL) delete --ignore-not-found=$(ignore-not-found) -f -

.PHONY: deploy
deploy: $(KUSTOMIZE) ## Deploy the operator with the image IMG, or upgrade it. CONFIG=config/default-osb: with the OSB endpoint.
	$(RENDER) | KUBECTL="$(KUBECTL)" hack/deploy.sh

.PHONY: undeploy
undeploy: check-removal ## Remove the operator. Refuses while objects of its kinds exist. ORPHAN=yes: release them first.
	@KUBECTL="$(KUBECTL)" hack/undeploy.sh

.PHONY: check-removal
check-removal:
	@$(MANAGER) check-removal $(if $(filter yes true 1,$(ORPHAN)),--orphan)

.PHONY: bin/chaos-driver
bin/chaos-driver:
	go build -o $@ ./hack/chaos

.PHONY: bin/bench
bin/bench:
	go build -o $@ ./hack/bench

# Flags and workspaces around the operator are not meant for that module.
.PHONY: bin/bench-plot
bin/bench-plot:
	cd hack/bench/plot && GOFLAGS= GOWORK=off go build -o ../../../$@ .

# Tools: built once, and again when their module changes.

$(GOLANGCI_LINT): PACKAGE := sigs.k8s.io/kube-api-linter/cmd/golangci-lint-kube-api-linter
$(KUSTOMIZE): PACKAGE := sigs.k8s.io/kustomize/kustomize/v5

$(GOLANGCI_LINT) $(KUSTOMIZE): hack/tools/go.mod hack/tools/go.sum
	@echo "Building $(@F)…"
	@cd hack/tools && $(BUILD_TOOL) -o ../../$@ $(PACKAGE)
	@touch $@

# Flags and workspaces around the operator are not meant for the modules of the tools.
BUILD_TOOL := GOFLAGS= GOWORK=off $(CURDIR)/hack/gobuild.sh -buildvcs=false

# The big ones have modules of their own, named as they are.
$(CRD_REF_DOCS): PACKAGE := github.com/elastic/crd-ref-docs
$(HELM): PACKAGE := helm.sh/helm/v4/cmd/helm
$(HELM_DOCS): PACKAGE := github.com/norwoodj/helm-docs/cmd/helm-docs

$(CRD_REF_DOCS) $(HELM) $(HELM_DOCS): bin/tools/%: hack/tools/%/go.mod hack/tools/%/go.sum
	@echo "Building $(@F)…"
	@cd hack/tools/$(@F) && $(BUILD_TOOL) -o ../../../$@ $(PACKAGE)
	@touch $@

# Both are of one module. What finds targets to scrape in clouds is left out: nothing here asks a cloud.
$(PROMETHEUS) $(PROMTOOL): bin/tools/%: hack/tools/prometheus/go.mod hack/tools/prometheus/go.sum
	@echo "Building $(@F)…"
	@cd hack/tools/prometheus && $(BUILD_TOOL) -tags remove_all_sd -o ../../../$@ github.com/prometheus/prometheus/cmd/$(@F)
	@touch $@
