#!/usr/bin/env bash
# Builds the image of this folder: build-image.sh [REFERENCE]
# Whichever of docker, podman and buildah is there does it, the first one unless BUILDER names another.
set -euo pipefail
image=${1:-${AIRFLOW_IMAGE:-registry.example.com/data/airflow:3.3.2-1}}
folder=$(dirname "${BASH_SOURCE[0]}")

builder=${BUILDER:-}
for tool in docker podman buildah; do
  if [[ -z $builder ]] && command -v "$tool" >/dev/null; then builder=$tool; fi
done
if [[ -z $builder ]]; then
  echo "none of docker, podman and buildah is here; install one of them" >&2
  exit 1
fi

"$builder" build --tag "$image" "$folder"
echo "built $image; push it by: $builder push $image"
