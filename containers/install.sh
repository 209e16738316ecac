#!/bin/sh
# Installs what these extras of pyproject.toml need into /opt/packages, or into the folder that PACKAGES names.
# Versions and hashes are those of requirements.lock: what is not in it is refused.
set -eu
packages=${PACKAGES:-/opt/packages}
extras=""
for extra in "$@"; do extras="$extras --extra $extra"; done
pins=$(mktemp)
# shellcheck disable=SC2086 # the options are words
uv pip compile pyproject.toml $extras --constraints requirements.lock --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --quiet --output-file "$pins" >/dev/null
python pins.py "$pins" requirements.lock
uv venv --quiet "$packages"
uv pip sync --quiet --require-hashes --python "$packages/bin/python" "$pins"
rm -f "$pins"
