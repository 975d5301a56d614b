{{/* Helm waits for a hook's Job, and not for a DaemonSet: the Job waits for that, with an account of its own. Of root,
     the chart; suffix of the names; hooks; daemonset; timeout; more arguments; policy of the Job's deletion. */}}
{{- define "prepuller.waiter" -}}
{{- $name := printf "%s-%s" (.root.Release.Name | trunc 55 | trimSuffix "-") .suffix }}
{{- $hook := dict "hooks" .hooks "weight" "-5" }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "prepuller.labels" .root | nindent 4 }}
  annotations:
    {{- include "prepuller.hook" $hook | nindent 4 }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "prepuller.labels" .root | nindent 4 }}
  annotations:
    {{- include "prepuller.hook" $hook | nindent 4 }}
rules:
  - apiGroups: [apps]
    resources: [daemonsets]
    resourceNames: [{{ .daemonset }}]
    verbs: [get]
  # Why a node is not ready.
  - apiGroups: [""]
    resources: [pods]
    verbs: [list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "prepuller.labels" .root | nindent 4 }}
  annotations:
    {{- include "prepuller.hook" $hook | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ $name }}
    namespace: {{ .root.Release.Namespace }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "prepuller.labels" .root | nindent 4 }}
  annotations:
    {{- include "prepuller.hook" (dict "hooks" .hooks "weight" "0" "policy" .policy) | nindent 4 }}
    helm.sh/hook-output-log-policy: hook-failed
spec:
  backoffLimit: 0
  template:
    metadata:
      labels:
        {{- include "prepuller.labels" .root | nindent 8 }}
    spec:
      restartPolicy: Never
      serviceAccountName: {{ $name }}
      automountServiceAccountToken: true
      {{- with include "prepuller.imagePullSecrets" .root }}
      {{- . | trim | nindent 6 }}
      {{- end }}
      containers:
        - name: wait
          image: {{ include "prepuller.image" .root | quote }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args:
            - wait
            - --timeout={{ .timeout }}
            {{- range .arguments }}
            - {{ . }}
            {{- end }}
            - {{ .daemonset }}
          resources:
            requests: {cpu: 5m, memory: 16Mi}
            limits: {cpu: 500m, memory: 64Mi}
          securityContext:
            {{- include "prepuller.plainContext" .root | nindent 12 }}
      {{- with .root.Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}
