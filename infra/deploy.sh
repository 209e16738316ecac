#!/usr/bin/env bash
# Plans, makes or removes the stacks of a stage, in order. Needs the AWS command line, version 2.
#   infra/deploy.sh staging plan            what would change; nothing does
#   infra/deploy.sh staging apply           makes or changes every stack
#   infra/deploy.sh staging apply api       one of them, or several
#   infra/deploy.sh staging teardown        removes them; data with a policy to be kept stays
# RELEASE names images and the code of functions; left out, the commit that is checked out. STACK_ROLE: a role for
# CloudFormation; left out, your own rights.
set -euo pipefail
cd "$(dirname "$0")"

STACKS=(network walls endpoints keys storage database identity messages models access search cluster
        tracking flows api console rotation edge events watch)

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }

stage=${1:-}
act=${2:-}
case "$stage" in staging | production) ;; *) usage ;; esac
case "$act" in plan | apply | teardown) ;; *) usage ;; esac
shift 2
chosen=("$@")
((${#chosen[@]})) || chosen=("${STACKS[@]}")
for one in "${chosen[@]}"; do
  [[ -f "stacks/$one.yaml" ]] || { echo "no stack $one; there are: ${STACKS[*]}" >&2; exit 2; }
done

release=${RELEASE:-$(git rev-parse HEAD)}
registry=""

exists() { aws cloudformation describe-stacks --stack-name "candor-$stage-$1" >/dev/null 2>&1; }

# The file of the stage, with what is known only now; what a template does not ask for is left out by the command.
parameters() {
  python3 - "stages/$stage.json" "$release" "$registry" <<'PY'
import json, sys
path, release, registry = sys.argv[1:]
said = json.load(open(path, encoding="utf-8"))["Parameters"] | {"Release": release, "Registry": registry}
print(json.dumps([f"{name}={value}" for name, value in said.items()]))
PY
}

deploy() {
  aws cloudformation deploy --stack-name "candor-$stage-$1" --template-file "stacks/$1.yaml" \
    --parameter-overrides "$overrides" --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset \
    --tags "candor-stage=$stage" ${STACK_ROLE:+--role-arn "$STACK_ROLE"} "${@:2}"
}

plan() {
  if ! exists "$1"; then
    echo "candor-$stage-$1: new, made whole from infra/stacks/$1.yaml"
    aws cloudformation validate-template --template-body "file://stacks/$1.yaml" --query Description --output text
    return
  fi
  deploy "$1" --no-execute-changeset
  aws cloudformation list-change-sets --stack-name "candor-$stage-$1" \
    --query 'Summaries[].[ChangeSetName,Status,StatusReason]' --output text
}

teardown() {
  exists "$1" || { echo "candor-$stage-$1: not there"; return; }
  aws cloudformation delete-stack --stack-name "candor-$stage-$1"
  aws cloudformation wait stack-delete-complete --stack-name "candor-$stage-$1"
  echo "candor-$stage-$1: removed"
}

if [[ "$act" == teardown ]]; then
  for ((at = ${#chosen[@]} - 1; at >= 0; at--)); do teardown "${chosen[at]}"; done
  exit
fi

registry=$(aws cloudformation list-exports --query "Exports[?Name=='candor-Registry'].Value" --output text)
[[ -n "$registry" ]] || { echo "no registry of images; make it first, as docs/aws.md says" >&2; exit 1; }
overrides=$(parameters)
for one in "${chosen[@]}"; do
  if [[ "$act" == plan ]]; then plan "$one"; else deploy "$one"; fi
done
