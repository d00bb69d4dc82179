{{- define "hub.environment" -}}
volumeMounts:
  - name: data
    mountPath: /var/lib/hub
  - name: key
    mountPath: /etc/hub
    readOnly: true
env:
  - name: HUB_BASE_URL
    value: {{ .Values.baseUrl | quote }}
{{- if .Values.contentHost }}
  - name: HUB_CONTENT_HOST
    value: {{ .Values.contentHost | quote }}
{{- end }}
  - name: HUB_TRUSTED_PROXIES
    value: {{ .Values.trustedProxies | quote }}
  - name: HUB_KEY_FILE
    value: /var/lib/hub/secret.key
  - name: HUB_WEB_THREADS
    value: {{ .Values.web.threads | quote }}
  - name: HUB_WORKER_THREADS
    value: "0"
  - name: HUB_BLOBS_TO
    value: {{ .Values.blobsTo | quote }}
  - name: HUB_BACKUP_TO
    value: {{ .Values.backupTo | quote }}
{{- if .Values.s3Endpoint }}
  - name: HUB_S3_ENDPOINT
    value: {{ .Values.s3Endpoint | quote }}
{{- end }}
  - name: HUB_DATABASE_URL
    valueFrom:
      secretKeyRef:
        name: {{ .Values.secret }}
        key: database-url
{{- if .Values.replica }}
  - name: HUB_REPLICA_URL
    valueFrom:
      secretKeyRef:
        name: {{ .Values.secret }}
        key: replica-url
{{- end }}
  - name: AWS_ACCESS_KEY_ID
    valueFrom:
      secretKeyRef:
        name: {{ .Values.secret }}
        key: aws-access-key-id
  - name: AWS_SECRET_ACCESS_KEY
    valueFrom:
      secretKeyRef:
        name: {{ .Values.secret }}
        key: aws-secret-access-key
{{- end -}}
