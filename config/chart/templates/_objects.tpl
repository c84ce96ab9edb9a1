{{/*
The objects of a file of files/, which make generate copies from the kustomize folders, under the names and labels of this
release: so roles, bindings and the policy are written in one place. Called with root and file; without names a kind to leave out, labels are
further ones, and endpoint is what each endpoint of a ServiceMonitor says besides, where it says anything.
*/}}
{{- define "cloudify-operator.objects" -}}
{{- $root := .root -}}
{{- $prefix := include "cloudify-operator.fullname" $root -}}
{{- $account := include "cloudify-operator.serviceAccount" $root -}}
{{- $namespaces := dict "system" $root.Release.Namespace "cloudify-operator-system" $root.Release.Namespace -}}
{{- $writer := "system:serviceaccount:cloudify-operator-system:cloudify-operator-controller-manager" -}}
{{- $text := $root.Files.Get .file | required (printf "%s is missing: run make generate" .file) -}}
{{- $text = $text | replace $writer (printf "system:serviceaccount:%s:%s" $root.Release.Namespace $account) -}}
{{- range $document := splitList "\n---\n" (printf "\n%s" $text) }}
{{- $object := fromYaml $document }}
{{- if and $object.kind (ne $object.kind ($.without | default "")) }}
{{- $metadata := $object.metadata }}
{{- $_ := set $metadata "name" (printf "%s-%s" $prefix (trimPrefix "cloudify-operator-" $metadata.name)) }}
{{- with $metadata.namespace }}
{{- $_ := set $metadata "namespace" (get $namespaces . | default .) }}
{{- end }}
{{- $_ := set $metadata "labels" (mergeOverwrite ($metadata.labels | default dict) (include "cloudify-operator.labels" $root | fromYaml) ($.labels | default dict)) }}
{{- if eq $object.kind "ServiceMonitor" }}
{{- range $endpoint := $object.spec.endpoints }}
{{- range $key, $value := $.endpoint }}
{{- with $value }}
{{- $_ := set $endpoint $key . }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- with $object.roleRef }}
{{- $_ := set . "name" (printf "%s-%s" $prefix (trimPrefix "cloudify-operator-" .name)) }}
{{- end }}
{{- range $object.subjects }}
{{- if eq .kind "ServiceAccount" }}
{{- $_ := set . "name" $account }}
{{- $_ := set . "namespace" $root.Release.Namespace }}
{{- end }}
{{- end }}
{{- if hasPrefix "ValidatingAdmissionPolicy" $object.kind }}
{{- with $object.spec.policyName }}
{{- $_ := set $object.spec "policyName" (printf "%s-%s" $prefix (trimPrefix "cloudify-operator-" .)) }}
{{- end }}
{{- end }}
---
{{ toYaml $object }}
{{- end }}
{{- end }}
{{- end -}}
