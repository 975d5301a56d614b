{{/* The ConfigMap's data: a line for each value of configMap that is set. CACHING_CPU_LIMIT is
     configMap.cachingCpuLimit, and so with all of them; the schema knows the names. */}}
{{- define "kip.settings" -}}
{{- $settings := dict "NAMESPACE" .Release.Namespace -}}
{{- range $name, $value := omit .Values.configMap "name" "images" "imagePullSecrets" "insecureRegistries" -}}
{{- if has $name (list "discoverNamespaces" "discoverIgnoreNamespaces" "discoverInclude" "discoverExclude" "discoverKinds") -}}
{{- $value = include "kip.words" $value -}}
{{- end -}}
{{- with include "kip.setting" $value }}{{ $_ := set $settings ($name | snakecase | upper) . }}{{ end -}}
{{- end -}}
{{- $_ := set $settings "IMAGES" (include "kip.images" .) -}}
{{- $insecure := .Values.configMap.insecureRegistries -}}
{{- with kindIs "slice" $insecure | ternary (join ";" $insecure) $insecure | default "" | trim }}{{ $_ := set $settings "INSECURE_REGISTRIES" . }}{{ end -}}
{{- with include "kip.pullSecrets" . }}{{ $_ := set $settings "IMAGE_PULL_SECRETS" . }}{{ end -}}
{{- toYaml $settings }}
{{- end }}

{{/* The text of a value, or nothing if it is not set. A map or a list becomes JSON, and is nothing when
     empty; --set x={} means that, but arrives as a list of one empty string. false and 0 are values. */}}
{{- define "kip.setting" -}}
{{- if kindIs "string" . -}}
{{- trim . -}}
{{- else if not (or (kindIs "invalid" .) (has (toJson .) (list "{}" "[]" `[""]`))) -}}
{{- toJson . -}}
{{- end -}}
{{- end }}

{{/* A text, or a list of which spaces are put between the parts. */}}
{{- define "kip.words" -}}
{{- if kindIs "slice" . }}{{ compact . | join " " }}{{ else }}{{ . | default "" }}{{ end -}}
{{- end }}

{{/* IMAGES, from its text, a map of name to image, or a list of {name, image}. */}}
{{- define "kip.images" -}}
{{- $images := .Values.configMap.images -}}
{{- $text := "" -}}
{{- if kindIs "map" $images -}}
{{- range $name, $image := $images -}}
{{- with $image }}{{ $text = printf "%s%s=%s;" $text $name . }}{{ end -}}
{{- end -}}
{{- else if kindIs "slice" $images -}}
{{- $seen := dict -}}
{{- range $i, $entry := without $images "" -}}
{{- if hasKey $seen $entry.name -}}
{{- fail (printf "configMap.images[%d]: the name %q occurs before; expected each name once" $i $entry.name) -}}
{{- end -}}
{{- $_ := set $seen $entry.name true -}}
{{- $text = printf "%s%s=%s;" $text $entry.name $entry.image -}}
{{- end -}}
{{- else -}}
{{- $text = include "kip.setting" $images -}}
{{- end -}}
{{- $text | default (printf "kubernetes-image-puller=%s;" (include "kip.image" .)) -}}
{{- end }}

{{/* IMAGE_PULL_SECRETS: those of the images, and those of the service's own image, as the pods that hold
     images take sleep from that. The service drops repeated names. */}}
{{- define "kip.pullSecrets" -}}
{{- $images := .Values.configMap.imagePullSecrets -}}
{{- $text := kindIs "slice" $images | ternary (join ";" $images) $images | default "" | trim | trimSuffix ";" -}}
{{- compact (prepend (fromJsonArray (include "kip.ownPullSecrets" .)) $text) | join ";" -}}
{{- end }}

{{/* The names in IMAGE_PULL_SECRETS, without their prefixes, as a JSON array. */}}
{{- define "kip.pullSecretNames" -}}
{{- $names := list -}}
{{- range include "kip.pullSecrets" . | splitList ";" | compact -}}
{{- $names = append $names (splitList "=" . | last | trim) -}}
{{- end -}}
{{- compact $names | uniq | toJson -}}
{{- end }}

{{/* The names in imagePullSecrets, as a JSON array. */}}
{{- define "kip.ownPullSecrets" -}}
{{- $names := list -}}
{{- range .Values.imagePullSecrets -}}
{{- if kindIs "map" . }}{{ $names = append $names .name }}{{ else }}{{ $names = append $names . }}{{ end -}}
{{- end -}}
{{- compact $names | toJson -}}
{{- end }}
