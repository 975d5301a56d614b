{{- define "warm-images.chartName" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Immutable in a Deployment and a DaemonSet, so those of the chart before ours. */}}
{{- define "warm-images.selector" -}}
app.kubernetes.io/name: {{ include "warm-images.chartName" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "warm-images.labels" -}}
{{ include "warm-images.selector" . }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Of the cluster, so with the namespace in it. */}}
{{- define "warm-images.clusterName" -}}
{{ printf "%s-%s-warm-images" .Release.Namespace .Release.Name }}
{{- end }}

{{/* Of root and the values of an image. */}}
{{- define "warm-images.image" -}}
{{- $repository := .image.repository -}}
{{- with .root.Values.image.customRegistry -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) (regexReplaceAll "^[^/]*[.:][^/]*/" $repository "") -}}
{{- end -}}
{{ printf "%s:%v" $repository .image.tag }}
{{- end }}

{{/* "yes" where the chart makes the Secret with user and password. */}}
{{- define "warm-images.makesSecret" -}}
{{- $given := list -}}
{{- range list .Values.nats.username .Values.nats.password -}}
{{- if and . (ne (toString .) "NONE_PROVIDED") }}{{ $given = append $given . }}{{ end -}}
{{- end -}}
{{- if and .Values.nats.url $given (not .Values.nats.existingSecret) }}yes{{ end -}}
{{- end }}

{{- define "warm-images.natsSecret" -}}
{{- if .Values.nats.existingSecret }}{{ .Values.nats.existingSecret }}{{ else if include "warm-images.makesSecret" . }}{{ .Release.Name }}-nats{{ end -}}
{{- end }}

{{- define "warm-images.natsFlags" -}}
{{- if .Values.nats.url }}
- {{ printf "--subject=%s" .Values.nats.subject | quote }}
{{- if include "warm-images.natsSecret" . }}
- --nats-username-file=/nats/username
- --nats-password-file=/nats/password
- --nats-token-file=/nats/token
{{- end }}
{{- if .Values.nats.caSecret }}
- --nats-ca-file=/nats-ca/ca.crt
{{- end }}
{{- if .Values.nats.clientCertificateSecret }}
- --nats-cert-file=/nats-tls/tls.crt
- --nats-key-file=/nats-tls/tls.key
{{- end }}
{{- end }}
{{- end }}

{{- define "warm-images.natsMounts" -}}
{{- if .Values.nats.url }}
{{- if include "warm-images.natsSecret" . }}
- {name: nats, mountPath: /nats, readOnly: true}
{{- end }}
{{- if .Values.nats.caSecret }}
- {name: nats-ca, mountPath: /nats-ca, readOnly: true}
{{- end }}
{{- if .Values.nats.clientCertificateSecret }}
- {name: nats-tls, mountPath: /nats-tls, readOnly: true}
{{- end }}
{{- end }}
{{- end }}

{{- define "warm-images.natsVolumes" -}}
{{- if .Values.nats.url }}
{{- with include "warm-images.natsSecret" . }}
- name: nats
  secret: {secretName: {{ . | quote }}}
{{- end }}
{{- with .Values.nats.caSecret }}
- name: nats-ca
  secret: {secretName: {{ . | quote }}}
{{- end }}
{{- with .Values.nats.clientCertificateSecret }}
- name: nats-tls
  secret: {secretName: {{ . | quote }}}
{{- end }}
{{- end }}
{{- end }}

{{/* Where the container sees the socket, for the agent: it is looked for there. */}}
{{- define "warm-images.socketMount" -}}
- name: runtime
  mountPath: /run
  readOnly: true
{{- end }}

{{/* Ready: it can work. An image that cannot be pulled, or a server of NATS that is away while there is a ConfigMap, is
     no reason to be started anew. */}}
{{- define "warm-images.probes" -}}
livenessProbe:
  httpGet: {path: /, port: http}
  periodSeconds: 30
  timeoutSeconds: 5
readinessProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
{{- end }}

{{/* The folder and not the socket, which is another one after a restart of the runtime. */}}
{{- define "warm-images.socketVolume" -}}
- name: runtime
  hostPath:
    path: {{ .Values.agent.hostPath | quote }}
    type: Directory
{{- end }}

{{/* Root, as it owns the socket. */}}
{{- define "warm-images.agentContext" -}}
{{- $context := dict
  "runAsUser" 0
  "allowPrivilegeEscalation" false
  "capabilities" (dict "drop" (list "ALL"))
  "readOnlyRootFilesystem" true
  "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- mergeOverwrite $context (deepCopy (.Values.agent.securityContext | default dict)) | toYaml }}
{{- end }}

{{/* Of what needs nothing of the node. */}}
{{- define "warm-images.plainContext" -}}
runAsUser: 65532
runAsNonRoot: true
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
readOnlyRootFilesystem: true
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* Whose pins these are: a release has a name for itself in its namespace alone. */}}
{{- define "warm-images.instance" -}}
{{ printf "%s.%s" .Release.Namespace .Release.Name | trunc 63 | trimSuffix "-" | trimSuffix "." }}
{{- end }}

{{/* Annotations of a hook, of its weight: its object is there for as long as the hook takes. */}}
{{- define "warm-images.hook" -}}
helm.sh/hook: post-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
{{- end }}
