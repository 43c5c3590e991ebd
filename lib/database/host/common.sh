#!/bin/bash
# Read by every script of the database's machine. Paths can be set otherwise, for a rehearsal without one.
: "${WALLET_SETTINGS:=/etc/wallet-database/settings}"
# shellcheck source=/dev/null
. "$WALLET_SETTINGS"
export AWS_DEFAULT_REGION PATH="$PATH:/snap/bin"
: "${MOUNT:=/srv/wallet}"
DATA=$MOUNT/postgres
TLS=$MOUNT/tls
: "${PGBIN:=/usr/lib/postgresql/17/bin}"
: "${SOCKETS:=/run/postgresql}"
: "${PORT:=5432}"
: "${DATABASE_USER:=postgres}"
: "${PRELOAD=timescaledb}"
DATABASE=wallet

say() { printf '%s wallet-database: %s\n' "$(date -u +%FT%TZ)" "$*" >&2; }

# One value from the machine's own description (IMDSv2).
describe() {
  local token
  token=$(curl -fsS -X PUT -H 'x-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
  curl -fsS -H "x-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}

# Tries a command until it succeeds: TIMES SECONDS COMMAND…
try() {
  local times=$1 pause=$2 attempt
  shift 2
  for ((attempt = 1; attempt <= times; attempt++)); do
    "$@" && return 0
    [ "$attempt" -eq "$times" ] || sleep "$pause"
  done
  say "gave up after $times attempts: $1"
  return 1
}
