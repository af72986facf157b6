#!/bin/sh
# Runs a DAG, whose id is the argument, and tells how it ended.
set -eu
namespace=airflow-volume-mode
dag=${1:?the id of a DAG}
airflow() { kubectl --namespace "$namespace" exec deployment/airflow-dag-processor --container dag-processor -- airflow "$@"; }
kubectl --namespace "$namespace" get services
until airflow dags list --output plain | grep -q "^$dag "; do echo "waiting for $dag"; sleep 2; done
airflow dags unpause "$dag"
run=verify-$(date +%s)
airflow dags trigger "$dag" --run-id "$run"
while :; do
  state=$(airflow dags list-runs "$dag" --output plain | awk -v run="$run" '{ for (i = 1; i <= NF; i++) if ($i == run) print $(i + 1) }')
  case $state in success) echo "$dag: success"; exit 0 ;; failed) echo "$dag: failed"; exit 1 ;; esac
  kubectl --namespace "$namespace" get pods --selector app.kubernetes.io/component=task
  sleep 2
done
