#!/bin/bash
# Every five minutes: how full the volume and the connections are.
set -euo pipefail
. "$(dirname "$0")/common.sh"

disk=$(df --output=pcent "$MOUNT" | tail -n 1 | tr -dc 0-9)
connections=$("$PGBIN/psql" -X -At -h "$SOCKETS" -p "$PORT" -U postgres -d postgres -c \
  "select round(100.0 * count(*) / current_setting('max_connections')::int) from pg_stat_activity where backend_type = 'client backend'")
metric() { printf 'MetricName=%s,Unit=Percent,Value=%s,Dimensions=[{Name=Database,Value=%s}]' "$1" "$2" "$METRICS_NAME"; }
aws cloudwatch put-metric-data --namespace StellarWallet --metric-data "$(metric DatabaseDiskUsed "$disk")" "$(metric DatabaseConnectionsUsed "$connections")"
