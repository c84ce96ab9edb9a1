#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cloudify-operator authors
# SPDX-License-Identifier: Apache-2.0

# Provides programs of a control plane for make demo and make dev: provide.sh <folder> <program…> leaves a link to each in the
# folder. It takes those that are on this machine and fit: of the folder that KUBEBUILDER_ASSETS names, and kubectl from the
# PATH as well. The rest is built into bin/controlplane. Tests do not come here: they always run what build.sh builds.
set -euo pipefail

mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")"
built=$(cd ../.. && pwd)/bin/controlplane

IFS=. read -r major minor _ < <(awk '$1 == "k8s.io/kubernetes" {sub("v", "", $2); print $2}' go.mod)

# version_of prints the version that a program gives of itself, such as 1.37.2, or nothing.
version_of() { # version_of <name> <path>
	local arguments=(--version)
	[[ $1 != kubectl ]] || arguments=(version --client)
	"$2" "${arguments[@]}" 2>/dev/null </dev/null | sed -nE 's/^[^0-9]*([0-9]+\.[0-9]+\.[0-9]+).*/\1/p' | sed -n 1p || true
}

# wanted says in words which versions fits accepts.
wanted() {
	case $1 in
	etcd) echo "3.6 or later" ;;
	kubectl) echo "1.30 or later" ;;
	*) echo "$major.$minor" ;;
	esac
}

# fits knows the rules of Kubernetes: its parts are of one minor release. kubectl may be older than they say, for the demo asks for
# nothing that 1.30 cannot do.
fits() { # fits <name> <version>
	local its_major its_minor
	IFS=. read -r its_major its_minor _ <<<"$2"
	case $1 in
	etcd) ((its_major == 3 && its_minor >= 6)) ;;
	kubectl) ((its_major == 1 && its_minor >= 30)) ;;
	*) ((its_major == major && its_minor == minor)) ;;
	esac
}

# found links a program of this machine that fits, and says why one does not.
found() {
	local name=$1 path version candidates=()
	[[ -z ${KUBEBUILDER_ASSETS:-} ]] || candidates+=("$KUBEBUILDER_ASSETS/$name")
	[[ $name != kubectl ]] || candidates+=("$(command -v kubectl || true)")
	for path in ${candidates[@]+"${candidates[@]}"}; do
		[[ -x $path && ! $path -ef $built/$name ]] || continue
		version=$(version_of "$name" "$path")
		if [[ -n $version ]] && fits "$name" "$version"; then
			path=$(cd "$(dirname "$path")" && pwd)/$name
			ln -sf "$path" "$folder/$name"
			echo "Using $name $version: $path"
			return
		fi
		echo "Not using $path: it is ${version:-of an unknown version}, and this needs $(wanted "$name")"
	done
	return 1
}

missing=()
for program; do
	rm -f "$folder/$program" # it may be on the PATH
	if ! found "$program"; then
		ln -sf "$built/$program" "$folder/$program"
		missing+=("$program")
	fi
done
((!${#missing[@]})) || ./build.sh "$built" "${missing[@]}"
