{{/* What names begin with: cloudify-operator for a release of that name, as config/default has it. Cut so that the longest name
of a Service stays within 63 characters. */}}
{{- define "cloudify-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 28 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 28 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The name of the Deployment, and of what belongs to it. */}}
{{- define "cloudify-operator.manager" -}}
{{ include "cloudify-operator.fullname" . }}-controller-manager
{{- end -}}

{{- define "cloudify-operator.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "cloudify-operator.manager" .) }}
{{- end -}}

{{/* The operator's pods. Never changed, and those of config/manager: what selects by them cannot be changed in place. */}}
{{- define "cloudify-operator.selector" -}}
app.kubernetes.io/name: cloudify-operator
control-plane: controller-manager
{{- end -}}

{{/* The labels of every object and pod. */}}
{{- define "cloudify-operator.commonLabels" -}}
app.kubernetes.io/name: cloudify-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: cloudify-operator
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The labels of every object. */}}
{{- define "cloudify-operator.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "cloudify-operator.commonLabels" . }}
{{- end -}}

{{- define "cloudify-operator.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The spread constraints, each with what it counts: the pods of one revision, so that a rolling update spreads, too. */}}
{{- define "cloudify-operator.spread" -}}
{{- $constraints := list -}}
{{- $ours := dict "matchLabels" (include "cloudify-operator.selector" . | fromYaml) -}}
{{- range .Values.topologySpreadConstraints -}}
{{- $counted := hasKey . "labelSelector" | ternary dict (dict "labelSelector" $ours "matchLabelKeys" (list "pod-template-hash")) -}}
{{- $constraints = append $constraints (merge (dict) . $counted) -}}
{{- end -}}
{{ toYaml $constraints }}
{{- end -}}

{{/* The names by which the Service of the OSB endpoint is reached in the cluster, as a list. */}}
{{- define "cloudify-operator.osbNames" -}}
{{- $name := printf "%s-osb.%s.svc" (include "cloudify-operator.fullname" .) .Release.Namespace -}}
- {{ $name }}
- {{ $name }}.{{ .Values.clusterDomain }}
{{- end -}}

{{/* The security of all containers: what the restricted Pod Security Standard asks for, and a read-only file system. */}}
{{- define "cloudify-operator.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532 # the image's user
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "cloudify-operator.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
