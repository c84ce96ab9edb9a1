# SPDX-FileCopyrightText: The cloudify-operator authors
# SPDX-License-Identifier: Apache-2.0

# How the demo tells its story: each command is shown as you can type it, and the demo fails where the output is not as expected.

bold= plain=
if [[ -t 1 ]]; then bold=$'\033[1m' plain=$'\033[0m'; fi
chapter() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# run shows a command, then runs it.
run() {
	printf '\n$ %s\n' "$1"
	eval "$1"
}

# expect runs a command and wants to read something in its output.
expect() {
	local output
	printf '\n$ %s\n' "$1"
	output=$(eval "$1")
	printf '%s\n' "$output"
	if ! grep --quiet --extended-regexp -- "$2" <<<"$output"; then
		printf '\nThe demo failed: the output above should match %s\n' "$2" >&2
		exit 1
	fi
}

# follow shows the changes of a deployment until it is Ready.
follow() {
	local pipe=${KUBECONFIG%/*}/watch watch line
	printf '\n$ kubectl get cloudifydeployment %s --namespace shop --watch\n' "$1"
	mkfifo "$pipe"
	kubectl get cloudifydeployment "$1" --namespace shop --watch >"$pipe" &
	watch=$!
	while IFS= read -r -t 120 line && printf '%s\n' "$line" && [[ $line != *" True "* ]]; do :; done <"$pipe"
	kill "$watch"
	wait "$watch" 2>/dev/null || true
	rm "$pipe"
	run "kubectl wait cloudifydeployment/$1 --namespace shop --for=condition=Ready --timeout=1s"
}

command -v curl >/dev/null || {
	hack/gobuild.sh -o bin/curl ./hack/cmd/curl
	curl() { bin/curl "$@"; }
}
