#!/usr/bin/env bash
# Builds and pushes the images under one name, a commit's. Needs Docker with BuildKit, signed in to the registry.
#   infra/images.sh 111122223333.dkr.ecr.us-east-1.amazonaws.com 0123abc
set -euo pipefail
cd "$(dirname "$0")/.."

registry=${1:?registry of images}
release=${2:?name of the release, a commit}

for image in service worker job model; do
  name="$registry/candor-$image:$release"
  if docker manifest inspect "$name" >/dev/null 2>&1; then
    echo "$name is there: a name is never written again"
    continue
  fi
  docker build --file containers/Dockerfile --target "$image" --tag "$name" .
  docker push "$name"
done
