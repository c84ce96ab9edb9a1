#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cloudify-operator authors
# SPDX-License-Identifier: Apache-2.0

# Removes what make deploy applied, whatever overlay that was, from the cluster of the KUBECONFIG. make undeploy has made sure
# before that no object of the operator's kinds is left.
set -euo pipefail

kubectl=${KUBECTL:-kubectl}
operator_namespace=${OPERATOR_NAMESPACE:-cloudify-operator-system}
ours='app.kubernetes.io/part-of=cloudify-operator,app.kubernetes.io/managed-by=kustomize'
others='app.kubernetes.io/part-of!=cloudify-operator'

remove() { "$kubectl" delete --ignore-not-found --selector "$ours" "$@"; }

# The kinds go while the operator still runs, so that it finishes what somebody created since the check.
remove customresourcedefinitions
remove validatingadmissionpolicies,validatingadmissionpolicybindings
remove clusterroles,clusterrolebindings
remove --all-namespaces roles,rolebindings
"$kubectl" delete namespace "$operator_namespace" --ignore-not-found

# Other namespaces go only if they are empty: what somebody keeps there is not the operator's. Kubernetes itself puts a few things
# into each, and events and endpoints are about something else.
listable=$("$kubectl" api-resources --namespaced --verbs=list --output name | grep -vE '^(events|endpoints)' | paste -sd, -)
for namespace in $("$kubectl" get namespaces --selector "$ours" --output name); do
	name=${namespace#namespace/}
	kept=$("$kubectl" get "$listable" --namespace "$name" --selector "$others" --ignore-not-found --output name |
		grep -vx -e configmap/kube-root-ca.crt -e serviceaccount/default || true)
	if [[ -n $kept ]]; then
		echo "Namespace $name stays, because of what is in it:" $kept
	else
		"$kubectl" delete "$namespace"
	fi
done
