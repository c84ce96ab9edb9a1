#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cloudify-operator authors
# SPDX-License-Identifier: Apache-2.0

# Builds the control plane for development and tests: build.sh <folder for the binaries>.
# Does nothing where the folder already holds what go.mod, go.sum and this file ask for.
set -euo pipefail

mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")"

key=$(cat go.mod go.sum build.sh | git hash-object --stdin)
if [[ "$(cat "$out/.key" 2>/dev/null)" == "$key" ]]; then
	exit 0
fi

# Flags and workspaces around the operator are not meant for this module. Without cgo the
# binaries are static, and no C compiler is needed.
export GOFLAGS= GOWORK=off CGO_ENABLED=0

version_of() { go list -m -f '{{.Version}}' "$1"; }

kubernetes=$(version_of k8s.io/kubernetes)
etcd=$(version_of go.etcd.io/etcd/server/v3)
IFS=. read -r major minor _ <<<"${kubernetes#v}"

# Without these stamps Kubernetes calls itself v0.0.0-master, and clients take it at its word.
stamps=
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
	stamps+=" -X $package.gitVersion=$kubernetes -X $package.gitMajor=$major -X $package.gitMinor=$minor"
	stamps+=" -X $package.gitTreeState=clean"
done

build() { # build <name> <version> <package> <remark>
	local start=$SECONDS
	echo "Building $1 $2${4:+ ($4)}…"
	go build -buildvcs=false -trimpath -ldflags "-s -w$stamps" -o "$out/$1" "$3"
	echo "Built $1 in $((SECONDS - start)) s"
}

rm -f "$out/.key"
build etcd "$etcd" go.etcd.io/etcd/server/v3
build kube-apiserver "$kubernetes" k8s.io/kubernetes/cmd/kube-apiserver "a few minutes on first build"
build kubectl "$kubernetes" k8s.io/kubernetes/cmd/kubectl
build kube-controller-manager "$kubernetes" k8s.io/kubernetes/cmd/kube-controller-manager "a few minutes on first build"
echo "$key" >"$out/.key"
