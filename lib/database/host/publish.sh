#!/bin/bash
# After the server has started: its owner's user and database; then clients are told where it is and whom to trust.
# Can be run at any time: also after a new password was put into the owner's secret.
set -euo pipefail
. "$(dirname "$0")/common.sh"

psql() { "$PGBIN/psql" -X -q -h "$SOCKETS" -p "$PORT" -U postgres -v ON_ERROR_STOP=1 "$@"; }
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
secret() { aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text; }

try 60 2 "$PGBIN/pg_isready" -q -h "$SOCKETS" -p "$PORT"

owner=$(secret "$OWNER_SECRET")
OWNER_PASSWORD=$(field password <<<"$owner")
OWNER=$(field username <<<"$owner")
export OWNER OWNER_PASSWORD
psql -d postgres <<'SQL'
\getenv owner OWNER
\getenv password OWNER_PASSWORD
select format('create role %I login createrole', :'owner') where not exists (select from pg_roles where rolname = :'owner') \gexec
set log_min_duration_statement = -1;
set log_min_error_statement = panic;
alter role :"owner" password :'password';
select format('create database wallet owner %I', :'owner') where not exists (select from pg_database where datname = 'wallet') \gexec
SQL
if [ "$PRELOAD" = timescaledb ]; then
  psql -d "$DATABASE" -c 'create extension if not exists timescaledb'
  # Must be the first command of its session.
  psql -d "$DATABASE" -c 'alter extension timescaledb update'
fi

# The authority's certificate into each secret that clients read; nothing is written when it is there already.
for arn in "$OWNER_SECRET" "$INGEST_SECRET" "$SERVE_SECRET"; do
  new=$(secret "$arn" | python3 -c '
import json, sys
secret, ca = json.load(sys.stdin), open(sys.argv[1]).read()
if secret.get("ca") != ca: print(json.dumps({**secret, "ca": ca}))' "$TLS/ca.crt")
  [ -z "$new" ] || aws secretsmanager put-secret-value --secret-id "$arn" --secret-string file:///dev/stdin >/dev/null <<<"$new"
done

change=$(printf '{"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Name":"%s","Type":"A","TTL":15,"ResourceRecords":[{"Value":"%s"}]}}]}' \
  "$HOST_NAME" "$(describe local-ipv4)")
aws route53 change-resource-record-sets --hosted-zone-id "$ZONE_ID" --change-batch "$change" >/dev/null
say "ready at $HOST_NAME"
