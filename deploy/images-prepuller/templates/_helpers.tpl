{{/* Labels of every object: those that the chart had from the start, and Kubernetes' own. */}}
{{- define "prepuller.labels" -}}
app: {{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
release: {{ .Release.Name }}
heritage: {{ .Release.Service }}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "prepuller.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end }}

{{/* As a list of {name}, from names or from such. */}}
{{- define "prepuller.imagePullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ if kindIs "map" . }}{{ .name | quote }}{{ else }}{{ . | quote }}{{ end }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Whose pins these are: a release has a name for itself in its namespace alone. */}}
{{- define "prepuller.instance" -}}
{{ printf "%s.%s" .Release.Namespace .Release.Name | trunc 63 | trimSuffix "-" | trimSuffix "." }}
{{- end }}

{{/* Where the nodes have the socket: a path; empty is to be found. */}}
{{- define "prepuller.socket" -}}
{{- $folder := trimSuffix "/" .Values.docker.hostPath -}}
{{- $known := dict
  "cri-dockerd" "cri-dockerd.sock" "containerd" "containerd/containerd.sock" "crio" "crio/crio.sock"
  "k3s" "k3s/containerd/containerd.sock" "k0s" "k0s/containerd.sock" "docker" "docker.sock" -}}
{{- if hasKey $known (.Values.runtime | default "") -}}
{{ $folder }}/{{ get $known .Values.runtime }}
{{- else -}}
{{ .Values.runtime }}
{{- end -}}
{{- end }}

{{/* Where the container sees the socket, for the agent; nothing: it looks for it. */}}
{{- define "prepuller.socketArgument" -}}
{{- with include "prepuller.socket" . }}
- --cri-socket=/run/runtime/{{ base . }}
{{- end }}
{{- end }}
{{- define "prepuller.socketMount" -}}
- name: docker
  mountPath: {{ if include "prepuller.socket" . }}/run/runtime{{ else }}/run{{ end }}
  readOnly: true
{{- end }}
{{/* The folder and not the socket, which is another one after a restart of the runtime. */}}
{{- define "prepuller.socketVolume" -}}
- name: docker
  hostPath:
    path: {{ with include "prepuller.socket" . }}{{ dir . | quote }}{{ else }}{{ .Values.docker.hostPath | quote }}{{ end }}
    type: Directory
{{- end }}

{{/* Root, as it owns the socket. */}}
{{- define "prepuller.agentContext" -}}
{{- $context := dict
  "runAsUser" 0
  "allowPrivilegeEscalation" false
  "capabilities" (dict "drop" (list "ALL"))
  "readOnlyRootFilesystem" true
  "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- mergeOverwrite $context (deepCopy (.Values.securityContext | default dict)) | toYaml }}
{{- end }}

{{/* Of what needs nothing of the node. */}}
{{- define "prepuller.plainContext" -}}
runAsUser: 65532
runAsNonRoot: true
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
readOnlyRootFilesystem: true
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* The one container that stays: twelve KiB, and what starting a container takes. */}}
{{- define "prepuller.pause" -}}
- name: pause
  image: {{ include "prepuller.image" . | quote }}
  imagePullPolicy: IfNotPresent
  args: [sleep]
  resources:
    requests: {cpu: 1m, memory: 8Mi}
    limits: {cpu: 100m, memory: 64Mi}
  securityContext:
    {{- include "prepuller.plainContext" . | nindent 4 }}
{{- end }}

{{/* Annotations of a hook: its object is there for as long as the hook takes. */}}
{{- define "prepuller.hook" -}}
helm.sh/hook: {{ .hooks }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: {{ .policy | default "before-hook-creation,hook-succeeded,hook-failed" }}
{{- end }}
