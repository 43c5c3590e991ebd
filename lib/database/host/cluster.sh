#!/bin/bash
# Before the server starts: a cluster on the volume, if there is none yet, and its settings, every time.
set -euo pipefail
. "$(dirname "$0")/common.sh"

as_database() { if [ "$(id -un)" = "$DATABASE_USER" ]; then "$@"; else setpriv --reuid "$DATABASE_USER" --regid "$(id -g "$DATABASE_USER")" --init-groups "$@"; fi; }

install -d -o "$DATABASE_USER" -m 700 "$DATA"
install -d -o "$DATABASE_USER" -m 755 "$SOCKETS"
if [ ! -s "$DATA/PG_VERSION" ]; then
  say "making the database cluster"
  as_database "$PGBIN/initdb" -D "$DATA" --username=postgres --encoding=UTF8 --locale=C --data-checksums \
    --auth-local=peer --auth-host=scram-sha-256 >/dev/null
fi

memory=$(awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
cat >"$DATA/wallet.conf" <<END
listen_addresses = '*'
port = $PORT
unix_socket_directories = '$SOCKETS'
max_connections = 300
shared_preload_libraries = '$PRELOAD'
shared_buffers = '$((memory / 4))MB'
effective_cache_size = '$((memory * 7 / 10))MB'
work_mem = '8MB'
maintenance_work_mem = '$((memory / 16 + 32))MB'
max_wal_size = '4GB'
min_wal_size = '512MB'
checkpoint_completion_target = 0.9
wal_compression = on
random_page_cost = 1.1
effective_io_concurrency = 200
max_worker_processes = 24
jit = off
password_encryption = 'scram-sha-256'
ssl = on
ssl_cert_file = '$TLS/server.crt'
ssl_key_file = '$TLS/server.key'
ssl_min_protocol_version = 'TLSv1.3'
# Belts of every session; those of single users are settings of their roles.
idle_in_transaction_session_timeout = '60s'
tcp_keepalives_idle = 30
tcp_keepalives_interval = 10
tcp_keepalives_count = 3
client_connection_check_interval = '10s'
log_min_duration_statement = '1s'
log_lock_waits = on
log_statement = 'none'
timezone = 'UTC'
log_timezone = 'UTC'
END
[ "$PRELOAD" != timescaledb ] || echo 'timescaledb.telemetry_level = off' >>"$DATA/wallet.conf"
grep -qx "include 'wallet.conf'" "$DATA/postgresql.conf" || echo "include 'wallet.conf'" >>"$DATA/postgresql.conf"
# From the network: TLS and a password, and never the superuser.
cat >"$DATA/pg_hba.conf" <<END
local   all       postgres        peer map=wallet
local   all       all             reject
hostssl all       postgres  all   reject
hostssl $DATABASE all       all   scram-sha-256
END
printf 'wallet %s postgres\nwallet root postgres\n' "$DATABASE_USER" >"$DATA/pg_ident.conf"
chown "$DATABASE_USER" "$DATA"/{wallet.conf,postgresql.conf,pg_hba.conf,pg_ident.conf}
