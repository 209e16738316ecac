#!/usr/bin/env bash
# Builds and pushes the images under one name, a commit's. Needs Docker with BuildKit, signed in to the registry.
#   infra/images.sh 111122223333.dkr.ecr.us-east-1.amazonaws.com 0123abc
set -euo pipefail
cd "$(dirname "$0")/.."

registry=${1:?registry of images}
release=${2:?name of the release, a commit}

for image in service worker job model; do
  docker build --file containers/Dockerfile --target "$image" --tag "$registry/candor-$image:$release" .
  docker push "$registry/candor-$image:$release"
done
