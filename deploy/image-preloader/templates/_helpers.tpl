{{- define "preloader.chartName" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of all objects: that of the chart before ours. */}}
{{- define "preloader.name" -}}
{{- $chart := .Values.nameOverride | default .Chart.Name -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name $chart) (contains $chart .Release.Name) -}}
{{ .Values.fullnameOverride | default $name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "preloader.account" -}}
{{ .Values.serviceAccount.name | default (ternary (include "preloader.name" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{/* Immutable in a DaemonSet, so that of the chart before ours. */}}
{{- define "preloader.selector" -}}
app.kubernetes.io/name: {{ include "preloader.chartName" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "preloader.labels" -}}
{{ include "preloader.selector" . }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* The flags that a probe needs, too. */}}
{{- define "preloader.flags" -}}
- archive
- --path=/images
- --check-interval={{ .Values.checkInterval | int64 }}s
- --format={{ .Values.format }}
{{- with .Values.platform }}
- {{ printf "--platform=%s" . | quote }}
{{- end }}
{{- end }}

{{- define "preloader.list" -}}
- --
{{- range .Values.images }}
- {{ . | quote }}
{{- end }}
{{- end }}
