{{- define "idpwatch.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 53 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 53 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "idpwatch.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "idpwatch.labels" -}}
{{ include "idpwatch.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "idpwatch.config" -}}
{{- $own := dict "instance" "${IDPWATCH_INSTANCE}" -}}
{{- if .Values.existingSecret -}}
{{- $_ := set $own "listen" "0.0.0.0:7517" -}}
{{- $_ := set $own "admin_token_file" "/run/secrets/idpwatch/admin-token" -}}
{{- end -}}
{{- toYaml (merge $own .Values.config) -}}
{{- end }}

{{- define "idpwatch.pod" -}}
metadata:
  labels:
    {{- include "idpwatch.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # A changed configuration replaces the pod.
    checksum/config: {{ include "idpwatch.config" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "idpwatch.name" . }}
  automountServiceAccountToken: false
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: idpwatch
      image: {{ printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [serve]
      env:
        - name: IDPWATCH_INSTANCE
          {{- if eq .Values.mode "daemonset" }}
          valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
          {{- else }}
          value: {{ default (printf "%s/%s" .Release.Namespace .Release.Name) .Values.instance | quote }}
          {{- end }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- if .Values.existingSecret }}
      ports: [{name: http, containerPort: 7517}]
      startupProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 2, failureThreshold: 150}
      livenessProbe: {httpGet: {path: /livez, port: http}, periodSeconds: 20, timeoutSeconds: 2}
      readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 10, timeoutSeconds: 2}
      {{- else }}
      startupProbe: {exec: {command: [/usr/bin/idpwatch, health]}, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 150}
      livenessProbe: {exec: {command: [/usr/bin/idpwatch, health]}, periodSeconds: 30, timeoutSeconds: 5}
      {{- end }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      volumeMounts:
        - {name: config, mountPath: /etc/idpwatch, readOnly: true}
        - {name: state, mountPath: /var/lib/idpwatch}
        {{- if .Values.existingSecret }}
        - {name: secrets, mountPath: /run/secrets/idpwatch, readOnly: true}
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - {name: config, configMap: {name: {{ include "idpwatch.name" . }}}}
    - name: state
      {{- if and .Values.persistence.enabled (eq .Values.mode "deployment") }}
      persistentVolumeClaim: {claimName: {{ include "idpwatch.name" . }}}
      {{- else }}
      emptyDir: {sizeLimit: {{ .Values.persistence.size }}}
      {{- end }}
    {{- if .Values.existingSecret }}
    - {name: secrets, secret: {secretName: {{ .Values.existingSecret }}, defaultMode: 288}}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
