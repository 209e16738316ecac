#!/usr/bin/env bash
# Does a stage answer? The console's sign-in page over TLS, and the model endpoint's state. Nothing is decided.
#   infra/smoke.sh staging
set -euo pipefail
cd "$(dirname "$0")"

stage=${1:?which stage: staging or production}
host=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["Parameters"]["ConsoleHost"])' "stages/$stage.json")

curl --fail --silent --show-error --output /dev/null --max-time 10 --retry 5 --retry-all-errors "https://$host/sign-in"
echo "https://$host/sign-in answers"

state=$(aws sagemaker describe-endpoint --endpoint-name "candor-$stage" --query EndpointStatus --output text)
[[ "$state" == InService ]] || { echo "endpoint candor-$stage is $state" >&2; exit 1; }
echo "endpoint candor-$stage is in service"
