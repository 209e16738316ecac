#!/usr/bin/env bash
# Plans or deploys a registered model version behind a stage's endpoint, in a task inside the network, where the
# registry is. What the task says stands in its log, /candor/STAGE/flows.
#   infra/model.sh staging 7 plan
#   infra/model.sh staging 7 apply
set -euo pipefail

stage=${1:?which stage: staging or production}
version=${2:?which version of the model}
act=${3:?plan or apply}
case "$act" in
  plan) last=',"--plan"' ;;
  apply) last=',"--reason","deployed by the pipeline"' ;;
  *) echo "$act: plan or apply" >&2; exit 2 ;;
esac

where() {
  aws ecs describe-services --cluster "candor-$stage" --services worker \
    --query "services[?status=='ACTIVE'].networkConfiguration | [0]" --output json 2>/dev/null || true
}
network=$(where)
if [[ -z "$network" || "$network" == null ]]; then
  [[ "$act" == plan ]] && { echo "candor-$stage has no worker yet; a model can be planned once it has"; exit 0; }
  echo "candor-$stage has no worker" >&2
  exit 1
fi

command="[\"candor\",\"endpoint\",\"deploy\",\"$version\",\"--target\",\"sagemaker\"$last]"
task=$(aws ecs run-task --cluster "candor-$stage" --task-definition "candor-$stage-worker" --launch-type FARGATE \
  --network-configuration "$network" --query 'tasks[0].taskArn' --output text \
  --overrides "{\"containerOverrides\":[{\"name\":\"worker\",\"command\":$command}]}")
code=None
for _ in $(seq 1 90); do  # a deployment with its canary takes up to an hour
  sleep "${WAIT_SECONDS:-60}"
  code=$(aws ecs describe-tasks --cluster "candor-$stage" --tasks "$task" --output text \
    --query "tasks[0].containers[?name=='worker'].exitCode | [0]")
  [[ "$code" == None ]] || break
done
[[ "$code" == 0 ]] || { echo "candor endpoint deploy $version ended with $code; see the log of $task" >&2; exit 1; }
echo "candor endpoint deploy $version: $act done"
