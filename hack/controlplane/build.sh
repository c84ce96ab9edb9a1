#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cloudify-operator authors
# SPDX-License-Identifier: Apache-2.0

# Builds the control plane for development and tests: build.sh <folder for the binaries> [program…], by default all four.
# Leaves alone what the folder already holds as the sources here ask for.
set -euo pipefail

mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
(($#)) || set -- etcd kube-apiserver kubectl kube-controllers
cd "$(dirname "${BASH_SOURCE[0]}")"

key=$(cat go.mod go.sum build.sh ../gobuild.sh kube-controllers/*.go | git hash-object --stdin)
missing=()
for program; do
	[[ -x $out/$program && "$(cat "$out/.$program.key" 2>/dev/null)" == "$key" ]] || missing+=("$program")
done
((${#missing[@]})) || exit 0

# Flags and workspaces around the operator are not meant for this module.
export GOFLAGS= GOWORK=off

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

packages=() titles=
for program in "${missing[@]}"; do
	case $program in
	etcd) packages+=(go.etcd.io/etcd/server/v3) version=$etcd ;;
	kube-apiserver | kubectl) packages+=("k8s.io/kubernetes/cmd/$program") version=$kubernetes ;;
	kube-controllers) packages+=(./kube-controllers) version=$kubernetes ;;
	*) echo "build.sh: cannot build $program: choose etcd, kube-apiserver, kubectl or kube-controllers" >&2 && exit 1 ;;
	esac
	titles+="${titles:+, }$program $version"
done

# All at once, so that packages of several programs compile once and in parallel. Nobody sees a program that is half written.
new=$(mktemp -d "$out/.new-XXXXXX")
trap 'rm -rf "$new"' EXIT
trap 'exit 1' INT TERM

start=$SECONDS
echo "Building $titles from source (the first build takes a few minutes)…"
../gobuild.sh -buildvcs=false -ldflags "-s -w$stamps" -o "$new/" "${packages[@]}"
[[ ! -e $new/server ]] || mv "$new/server" "$new/etcd" # go build names it by its folder
for program in "${missing[@]}"; do
	mv -f "$new/$program" "$out/$program"
	echo "$key" >"$out/.$program.key"
done
echo "Built in $((SECONDS - start)) s"
