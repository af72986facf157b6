#!/bin/sh
# Synthesizes, applies and waits; again after each change, since nothing has to be deleted first.
set -eu
cd "$(dirname "$0")"
namespace=airflow-git-mode
kubectl create namespace "$namespace" --dry-run=client --output yaml | kubectl apply --filename -
kubectl label --overwrite namespace "$namespace" pod-security.kubernetes.io/enforce=restricted
CDK8S_OUTDIR=dist npx tsx main.ts
kubectl apply --filename dist
kubectl --namespace "$namespace" rollout status deployment --timeout 15m
