{{/* Labels of every object. What commonLabels says in vain is what the chart itself needs. */}}
{{- define "kip.labels" -}}
{{- $own := dict
  "app" .Values.deploymentName
  "app.kubernetes.io/name" (.Values.nameOverride | default .Chart.Name)
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") -}}
{{- merge $own (.Values.commonLabels | default dict) | toYaml }}
{{- end }}

{{/* Labels of the service's pod: those above change with the chart's version, and would replace it. */}}
{{- define "kip.podLabels" -}}
{{- merge (dict "app" .Values.deploymentName) (.Values.podLabels | default dict) (.Values.commonLabels | default dict) | toYaml }}
{{- end }}

{{/* The pod of helm test. */}}
{{- define "kip.checkName" -}}
{{ .Values.deploymentName }}-check
{{- end }}

{{/* The Job that takes pins away before an uninstall. */}}
{{- define "kip.releaseName" -}}
{{ .Values.deploymentName | trunc 55 | trimSuffix "-" }}-release
{{- end }}

{{/* The image of the service, from which the pods that hold images also take sleep. */}}
{{- define "kip.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end }}

{{/* What makes a pod's only container pass Pod Security "restricted", with the user's own additions. */}}
{{- define "kip.containerSecurityContext" -}}
{{- $restricted := dict
  "allowPrivilegeEscalation" false
  "capabilities" (dict "drop" (list "ALL"))
  "readOnlyRootFilesystem" true -}}
{{- mergeOverwrite $restricted (deepCopy (.Values.containerSecurityContext | default dict)) | toYaml }}
{{- end }}

{{/* The same for the pod. No user is named: the image's is 65532, and OpenShift gives one of the
     namespace's own range. */}}
{{- define "kip.podSecurityContext" -}}
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* Names of what the gate of nodes needs outside of the namespace: one for each install. */}}
{{- define "kip.gateName" -}}
{{ .Release.Namespace }}-{{ .Values.deploymentName }}-node-gate
{{- end }}

{{/* Tolerations of the service's pods, as a JSON array: its own, and that of the gate's taint. Where every
     node has that, as in a new cluster, nobody else would take it off. */}}
{{- define "kip.tolerations" -}}
{{- $list := .Values.tolerations | default list -}}
{{- with (.Values.nodeGate).taint | default "" | trim -}}
{{- $parts := splitList ":" . -}}
{{- $key := splitList "=" (first $parts) -}}
{{- $one := dict "key" (first $key) "effect" (last $parts) "operator" "Exists" -}}
{{- with rest $key | join "=" }}{{ $one = merge (dict "operator" "Equal" "value" .) $one }}{{ end -}}
{{- $list = append $list $one -}}
{{- end -}}
{{- toJson $list -}}
{{- end }}

{{/* What the service finds in files, as a JSON object: the folder's name to the source of its volume. */}}
{{- define "kip.mounts" -}}
{{- $mounts := dict -}}
{{- with .Values.registryCAConfigMap }}{{ $_ := set $mounts "registry-ca" (dict "configMap" (dict "name" .)) }}{{ end -}}
{{- with .Values.nats -}}
{{- if .url -}}
{{- range $folder, $secret := dict "nats" .existingSecret "nats-ca" .caSecret "nats-tls" .clientCertificateSecret -}}
{{- with $secret }}{{ $_ := set $mounts $folder (dict "secret" (dict "secretName" .)) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $mounts -}}
{{- end }}

{{/* The environment of the service. DEPLOYMENT_NAME and KIP_IMAGE are here and not in the ConfigMap, so
     that they are always those of the release: sleep is of the service's own version. */}}
{{- define "kip.environment" -}}
env:
  - name: DEPLOYMENT_NAME
    value: {{ .Values.deploymentName | quote }}
  - name: KIP_IMAGE
    value: {{ include "kip.image" . | quote }}
  {{- with (.Values.agent).image }}
  - name: AGENT_IMAGE
    value: {{ . | quote }}
  {{- end }}
  {{- with (.Values.agent).runtimeSocket }}
  - name: RUNTIME_SOCKET
    value: {{ . | quote }}
  {{- end }}
  {{- if .Values.registryCAConfigMap }}
  - name: REGISTRY_CA_FILE
    value: /registry-ca/ca.crt
  {{- end }}
  {{- range $name, $value := .Values.nodeGate | default dict }}
  {{- $text := kindIs "slice" $value | ternary (join ";" $value) $value | default "" | trim }}
  {{- with $text }}
  - name: NODE_GATE_{{ $name | upper }}
    value: {{ . | quote }}
  {{- end }}
  {{- end }}
  {{- with .Values.nats }}
  {{- if .url }}
  {{- range $name, $value := dict "ADDR" .url "SUBJECT" .subject "FORGET_AFTER" .forgetAfter "MAX_IMAGES" .maxImages }}
  {{- with $value }}
  - name: NATS_{{ $name }}
    value: {{ . | toString | quote }}
  {{- end }}
  {{- end }}
  {{- end }}
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
envFrom:
  - configMapRef:
      name: {{ .Values.configMap.name | quote }}
{{- end }}
