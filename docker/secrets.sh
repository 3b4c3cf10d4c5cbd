#!/usr/bin/env bash
# Makes the secrets that compose.yaml hands to the containers, in docker/secrets; those that are there stay.
#
# The epoch key opens the personal data of every worker: copy docker/secrets/epoch_key to a safe place.
set -euo pipefail
cd "$(dirname "$0")"

# Nobody else gets into the folder; in it the files can be read, for in the containers it is not our user who does.
mkdir -p secrets
chmod 700 secrets
for name in epoch_key node_token database_password grafana_password; do
    if [ -s "secrets/$name" ]; then
        echo "secrets/$name is there"
        continue
    fi
    od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' >"secrets/$name.new"
    chmod 444 "secrets/$name.new"
    mv "secrets/$name.new" "secrets/$name"
    echo "secrets/$name made"
done
