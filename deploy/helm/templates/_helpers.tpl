{{/* Labels of every object. The pods carry only "app": these here change with the chart's version. */}}
{{- define "kip.labels" -}}
app: {{ .Values.deploymentName | quote }}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The image of the service, from which the cached pods also take sleep. */}}
{{- define "kip.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end }}

{{/* Called with (list VARIABLE value): one line of the ConfigMap, or none if the value is not set.
     A map or a list becomes JSON, and is left out when empty; --set x={} means that, but arrives as a
     list of one empty string. false and 0 are values. */}}
{{- define "kip.setting" -}}
{{- $value := index . 1 -}}
{{- if kindIs "string" $value -}}
{{- with trim $value }}{{ printf "%s: %s" (index $ 0) (toJson .) }}{{ end -}}
{{- else if or (kindIs "map" $value) (kindIs "slice" $value) -}}
{{- if and $value (ne (toJson $value) `[""]`) }}{{ printf "%s: %s" (index . 0) (toJson $value | toJson) }}{{ end -}}
{{- else if not (kindIs "invalid" $value) -}}
{{ printf "%s: %s" (index . 0) (toString $value | toJson) }}
{{- end -}}
{{- end }}

{{/* The same for settings that are text: a map or a list there is a mistake that only a person can
     put right, so it is refused by the name of the value. */}}
{{- define "kip.text" -}}
{{- $name := index . 2 -}}
{{- if or (kindIs "map" (index . 1)) (kindIs "slice" (index . 1)) -}}
{{- fail (printf "configMap.%s: expected text, found a %s" $name (kindOf (index . 1) | replace "slice" "list")) -}}
{{- end -}}
{{- include "kip.setting" . -}}
{{- end }}
