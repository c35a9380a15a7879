{{- define "chartseal.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "chartseal.selector" -}}
app.kubernetes.io/name: chartseal
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "chartseal.labels" -}}
{{ include "chartseal.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "chartseal.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* Cluster-scoped objects carry the namespace, so that releases of the same name do not meet. */}}
{{- define "chartseal.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "chartseal.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The configuration as it is run: with the path secret of the webhook, and with "warn" for "deny" where nothing is enforced. */}}
{{- define "chartseal.config" -}}
{{- if not .Values.config -}}
{{- fail "config is empty: install with --set-file config=chartseal.yaml" -}}
{{- end -}}
{{- $config := .Values.config | fromYaml -}}
{{- if hasKey $config "Error" -}}
{{- fail (printf "config is no YAML map: %s" (get $config "Error")) -}}
{{- end -}}
{{/* What is not there when the Pods start, they refuse to start without. Paths from "/" may be in the image. */}}
{{- $trust := get $config "trust" | default dict -}}
{{- if kindIs "map" $trust -}}
{{- range $name, $entry := $trust -}}
{{- if kindIs "map" $entry -}}
{{- $named := dict "pgp" (get $entry "pgp") -}}
{{- $sigstore := get $entry "sigstore" -}}
{{- if kindIs "map" $sigstore -}}
{{- $_ := set $named "sigstore.key" (get $sigstore "key") -}}
{{- if ne (get $sigstore "root" | toString) "public-good" -}}
{{- $_ := set $named "sigstore.root" (get $sigstore "root") -}}
{{- end -}}
{{- end -}}
{{- $log := get $entry "transparencyLog" -}}
{{- if and (kindIs "map" $log) (ne (get $log "root" | toString) "public-good") -}}
{{- $_ := set $named "transparencyLog.root" (get $log "root") -}}
{{- end -}}
{{- range $field, $file := $named -}}
{{- if and $file (kindIs "string" $file) (not (hasPrefix "/" $file)) (not (hasKey $.Values.files (trimPrefix "./" $file))) -}}
{{- fail (printf "trust.%s.%s names %s, which is not among the files: give it with --set-file 'files.NAME=FILE' (a \"\\\" before each dot of NAME), and write it in the configuration without a folder" $name $field $file) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $admission := deepCopy (get $config "admission" | default dict) -}}
{{/* Always that of this chart: the webhook configurations have it, whatever else the file is used for. */}}
{{- $_ := set $admission "pathSecret" (dict "secret" "CHARTSEAL_PATH_SECRET") -}}
{{- if .Values.clusterReader -}}
{{- $_ := set $admission "cluster" true -}}
{{- end -}}
{{- if not .Values.enforce -}}
{{- $_ := set $admission "mode" "warn" -}}
{{- range $name, $default := dict "onInconclusive" "deny" "notOci" "deny" "unresolved" "deny" "unreadable" "deny" "ranges" "warn" "tags" "allow" -}}
{{- if eq (get $admission $name | default $default) "deny" -}}
{{- $_ := set $admission $name "warn" -}}
{{- end -}}
{{- end -}}
{{- range $policy := get $config "policies" -}}
{{- $_ := set $policy "mode" "warn" -}}
{{- end -}}
{{- end -}}
{{- $_ := set $config "admission" $admission -}}
{{- toYaml $config -}}
{{- end -}}

{{/*
Made at the first installation and kept: the API server must find the same at every upgrade. In lower case, as the API
server wants each segment of a webhook's path to be a subdomain (k8s: apimachinery/pkg/util/webhook/validation.go).
*/}}
{{- define "chartseal.pathSecret" -}}
{{- if .Values.webhook.pathSecret -}}
{{- .Values.webhook.pathSecret -}}
{{- else -}}
{{- $found := lookup "v1" "Secret" .Release.Namespace (printf "%s-path" (include "chartseal.name" .)) -}}
{{- if $found -}}
{{- get $found.data "CHARTSEAL_PATH_SECRET" | b64dec -}}
{{- else -}}
{{- if not (hasKey .Values "madePathSecret") -}}
{{- $_ := set .Values "madePathSecret" (randAlphaNum 48 | lower) -}}
{{- end -}}
{{- .Values.madePathSecret -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "chartseal.tlsSecret" -}}
{{- .Values.tls.existingSecret | default (printf "%s-tls" (include "chartseal.name" .)) -}}
{{- end -}}

{{/*
A map with ca, cert and key, base64: the certificate that is there already, or one that is made now. Of a Secret that was
made elsewhere only the ca is used.
*/}}
{{- define "chartseal.certificate" -}}
{{- if not (hasKey .Values "madeCertificate") -}}
{{- $found := lookup "v1" "Secret" .Release.Namespace (include "chartseal.tlsSecret" .) -}}
{{- if .Values.tls.existingSecret -}}
{{- $ca := .Values.tls.caBundle | b64enc -}}
{{- if and (not $ca) $found -}}
{{- $ca = get $found.data "ca.crt" -}}
{{- end -}}
{{- if not $ca -}}
{{- fail (printf "tls.caBundle is empty, and there is no Secret %s with ca.crt to read it from" .Values.tls.existingSecret) -}}
{{- end -}}
{{- $_ := set .Values "madeCertificate" (dict "ca" $ca) -}}
{{- else if $found -}}
{{- $_ := set .Values "madeCertificate" (dict "ca" (get $found.data "ca.crt") "cert" (get $found.data "tls.crt") "key" (get $found.data "tls.key")) -}}
{{- else -}}
{{- $name := include "chartseal.name" . -}}
{{- $names := list (printf "%s.%s.svc" $name .Release.Namespace) (printf "%s.%s.svc.cluster.local" $name .Release.Namespace) -}}
{{- $days := int .Values.tls.validDays -}}
{{- $ca := genCA (printf "%s-ca" $name) $days -}}
{{- $cert := genSignedCert (first $names) nil $names $days $ca -}}
{{- $_ := set .Values "madeCertificate" (dict "ca" ($ca.Cert | b64enc) "cert" ($cert.Cert | b64enc) "key" ($cert.Key | b64enc)) -}}
{{- end -}}
{{- end -}}
{{- toYaml .Values.madeCertificate -}}
{{- end -}}

{{/*
The kinds that name charts; docs/kubernetes-kinds.md says which of their fields are read. A PackageInstall of kapp is left
out: which chart it is shows in the App that is made of it.
*/}}
{{- define "chartseal.rules" -}}
{{- range $rule := list
    (dict "group" "source.toolkit.fluxcd.io" "resources" (list "helmcharts" "helmrepositories" "ocirepositories"))
    (dict "group" "helm.toolkit.fluxcd.io" "resources" (list "helmreleases"))
    (dict "group" "argoproj.io" "resources" (list "applications" "applicationsets"))
    (dict "group" "helm.cattle.io" "resources" (list "helmcharts"))
    (dict "group" "fleet.cattle.io" "resources" (list "bundles" "bundledeployments" "gitrepos" "helmops"))
    (dict "group" "helm.crossplane.io" "resources" (list "releases"))
    (dict "group" "helm.m.crossplane.io" "resources" (list "releases"))
    (dict "group" "addons.cluster.x-k8s.io" "resources" (list "helmchartproxies" "helmreleaseproxies"))
    (dict "group" "config.projectsveltos.io" "resources" (list "clusterprofiles" "clusterpromotions" "clustersummaries" "profiles"))
    (dict "group" "kappctrl.k14s.io" "resources" (list "apps"))
    (dict "group" "data.packaging.carvel.dev" "resources" (list "packages"))
}}
- apiGroups: [{{ $rule.group }}]
  apiVersions: ["*"]
  operations: [CREATE, UPDATE]
  resources: {{ toJson $rule.resources }}
  scope: "*"
{{- end }}
{{- with .Values.webhook.extraRules }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "chartseal.webhook" -}}
clientConfig:
  service:
    name: {{ include "chartseal.name" .root }}
    namespace: {{ .root.Release.Namespace }}
    port: 443
    path: /k/{{ include "chartseal.pathSecret" .root }}/admission/{{ .face }}
  {{- if not .root.Values.tls.certManager.enabled }}
  caBundle: {{ get (include "chartseal.certificate" .root | fromYaml) "ca" | quote }}
  {{- end }}
rules:
  {{- include "chartseal.rules" .root | nindent 2 }}
namespaceSelector:
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values: {{ toJson (concat (list .root.Release.Namespace "kube-system") .root.Values.webhook.excludedNamespaces | uniq) }}
failurePolicy: {{ .root.Values.webhook.failurePolicy | default (ternary "Fail" "Ignore" (eq (toString .root.Values.enforce) "true")) }}
matchPolicy: Equivalent
sideEffects: None
timeoutSeconds: {{ .root.Values.webhook.timeoutSeconds }}
admissionReviewVersions: [v1]
{{- end -}}
