#!/bin/bash
# The machine's first boot. Everything in it may run again.
set -euo pipefail
. "$(dirname "$0")/common.sh"
export DEBIAN_FRONTEND=noninteractive

try 60 5 apt-get update -q
try 10 10 apt-get install -qy python3 postgresql-common unattended-upgrades
try 10 10 snap install aws-cli --classic
# The packages bring no cluster of their own: ours is on the volume.
mkdir -p /etc/postgresql-common/createcluster.d
echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/wallet.conf
try 10 10 /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y
curl -fsSL --retry 10 --retry-all-errors "$PACKAGES/gpgkey" | gpg --dearmor --yes -o /usr/share/keyrings/timescaledb.gpg
echo "deb [signed-by=/usr/share/keyrings/timescaledb.gpg] $PACKAGES/ubuntu/ $(. /etc/os-release && echo "$VERSION_CODENAME") main" \
  >/etc/apt/sources.list.d/timescaledb.list
try 10 10 apt-get update -q
try 10 10 apt-get install -qy postgresql-17 timescaledb-2-postgresql-17

unit() { cat >"/etc/systemd/system/$1"; }
here=$(cd "$(dirname "$0")" && pwd)
unit wallet-database.service <<END
[Unit]
Description=Wallet database
After=network-online.target
Wants=network-online.target
[Service]
Type=notify
User=$DATABASE_USER
ExecStartPre=+$here/volume.sh
ExecStartPre=+$here/certificates.sh
ExecStartPre=+$here/cluster.sh
ExecStart=$PGBIN/postgres -D $DATA
ExecReload=/bin/kill -HUP \$MAINPID
KillMode=mixed
KillSignal=SIGINT
TimeoutStartSec=1200
TimeoutStopSec=120
OOMScoreAdjust=-900
Restart=always
RestartSec=5
[Install]
WantedBy=multi-user.target
END
unit wallet-database-metrics.service <<END
[Service]
Type=oneshot
ExecStart=$here/metrics.sh
END
unit wallet-database-metrics.timer <<END
[Timer]
OnCalendar=*:0/5
[Install]
WantedBy=timers.target
END
unit wallet-database-certificates.service <<END
[Service]
Type=oneshot
ExecStart=$here/certificates.sh
ExecStart=/bin/systemctl reload wallet-database.service
END
unit wallet-database-certificates.timer <<END
[Timer]
OnCalendar=daily
RandomizedDelaySec=1h
[Install]
WantedBy=timers.target
END
systemctl daemon-reload
systemctl enable wallet-database.service
systemctl enable --now wallet-database-metrics.timer wallet-database-certificates.timer
systemctl restart wallet-database.service
"$here/publish.sh"
