# SPDX-FileCopyrightText: The cloudify-operator authors
# SPDX-License-Identifier: Apache-2.0

# How the demo tells its story: each command is shown as it can be typed, and the story ends where it does not hold.

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
		printf '\nThe story does not hold: this should say %s\n' "$2" >&2
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

# Without curl, bash asks, as far as the story does: over plain HTTP on loopback.
command -v curl >/dev/null || curl() {
	local method=GET url= body= write= headers=() host path line code
	while (($#)); do
		case $1 in
		--silent) ;;
		--user) headers+=("Authorization: Basic $(printf %s "$2" | base64)") && shift ;;
		--header) headers+=("$2") && shift ;;
		--request) method=$2 && shift ;;
		--data) body=$2 && shift ;;
		--write-out) write=$2 && shift ;;
		*) url=${1#http://} ;;
		esac
		shift
	done
	host=${url%%/*} path=/${url#*/}
	exec 3<>"/dev/tcp/${host%:*}/${host#*:}" || return 7
	{
		printf '%s %s HTTP/1.0\r\nHost: %s\r\nContent-Length: %d\r\n' "$method" "$path" "$host" "${#body}"
		((${#headers[@]})) && printf '%s\r\n' "${headers[@]}"
		printf '\r\n%s' "$body"
	} >&3
	read -r _ code _ <&3
	while IFS= read -r line && [[ $line != $'\r' ]]; do :; done <&3
	cat <&3
	exec 3>&-
	write=${write/'%{http_code}'/$code}
	printf %b "$write"
}
