#!/usr/bin/env bash
# Puts the code of the function of uploads into the bucket of releases; boto3 is there already, in Lambda's own Python.
#   infra/function.sh candor-release-111122223333-us-east-1 0123abc
set -euo pipefail
cd "$(dirname "$0")/.."

bucket=${1:?bucket of releases}
release=${2:?name of the release, a commit}
file=$(mktemp -d)/uploads.zip

git archive --format=zip --output="$file" "${COMMIT:-HEAD}" \
  lending/__init__.py lending/upload_keys.py lending/adapters/__init__.py lending/adapters/aws.py \
  lending/domain/__init__.py lending/domain/errors.py serving/__init__.py serving/aws
aws s3api put-object --bucket "$bucket" --key "uploads/$release.zip" --body "$file"
