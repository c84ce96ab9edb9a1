#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cloudify-operator authors
# SPDX-License-Identifier: Apache-2.0

# Shows the main job from start to end: hack/demo/story.sh in an environment of its own, or, with CLUSTER=current, in the
# cluster of the current KUBECONFIG. The simulated Manager works twice as fast as that of make dev. Whatever happens, devenv
# stops what it started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

hack/gobuild.sh -o bin/devenv ./hack/cmd/devenv
exec bin/devenv --cluster="${CLUSTER:-own}" --controlplane=bin/plane \
	--provide-controllers='nice hack/controlplane/provide.sh bin/plane kube-controllers' \
	--time-scale=2 --simulator-address=127.0.0.1:0 --osb-address=127.0.0.1:0 --bare -- hack/demo/story.sh
