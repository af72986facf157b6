#!/bin/sh
# Synthesizes, applies and waits. DAGS (a folder of DAG files) is copied to the volume when it is set.
set -eu
cd "$(dirname "$0")"
namespace=airflow-volume-mode
kubectl create namespace "$namespace" --dry-run=client --output yaml | kubectl apply --filename -
kubectl label --overwrite namespace "$namespace" pod-security.kubernetes.io/enforce=restricted
CDK8S_OUTDIR=dist npx tsx main.ts
kubectl apply --filename dist
kubectl --namespace "$namespace" rollout status deployment --timeout 15m
if [ -n "${DAGS:-}" ]; then
  pod=$(kubectl --namespace "$namespace" get pods --selector app.kubernetes.io/component=dag-processor --output name | head -n 1)
  kubectl --namespace "$namespace" cp --container dag-processor "$DAGS/." "${pod#pod/}:/opt/airflow/dags"
fi
