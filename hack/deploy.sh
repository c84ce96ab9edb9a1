#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cloudify-operator authors
# SPDX-License-Identifier: Apache-2.0

# Applies the manifest on its standard input to the cluster of the KUBECONFIG: whole or not at all. What others have set meanwhile
# (kubectl set image) is set back; what the manifest leaves open (kubectl scale) stays.
set -euo pipefail

manifest=$(mktemp)
trap 'rm -f "$manifest"' EXIT
cat >"$manifest"

# A name of its own: whoever applies something else with kubectl's takes nothing away from what is applied here.
apply() { "${KUBECTL:-kubectl}" apply --server-side --force-conflicts --field-manager=cloudify-operator-deploy "$@"; }

# What is refused is refused before anything is changed, but for the namespaces: what is in them cannot be tried before they exist.
awk 'BEGIN { RS = "---\n"; ORS = "---\n" } /(^|\n)kind: Namespace\n/' "$manifest" | apply -f -
apply --dry-run=server -f "$manifest" >/dev/null
apply -f "$manifest"
