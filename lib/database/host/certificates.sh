#!/bin/bash
# The server's certificate. Its authority is made once and lives on the data volume, so that clients which trust it go on when
# the machine is replaced; the authority's key never leaves the volume. The certificate is made anew a month before it ends.
set -euo pipefail
. "$(dirname "$0")/common.sh"
umask 077
mkdir -p "$TLS"
cd "$TLS"

key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

if [ ! -s ca.crt ]; then
  say "making the certificate authority"
  key ca.key.new
  openssl req -x509 -new -key ca.key.new -sha256 -days 7300 -out ca.crt.new -subj "/CN=$HOST_NAME certificate authority" \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign'
  mv ca.key.new ca.key
  mv ca.crt.new ca.crt
fi

current() { openssl x509 -in server.crt -noout -checkend 2592000 && openssl x509 -in server.crt -noout -checkhost "$HOST_NAME" | grep -q 'does match'; }

if ! current >/dev/null 2>&1; then
  say "making the server's certificate for $HOST_NAME"
  key server.key.new
  openssl req -new -key server.key.new -subj "/CN=$HOST_NAME" -out server.csr
  printf '%s\n' "subjectAltName=DNS:$HOST_NAME" 'basicConstraints=CA:FALSE' 'keyUsage=critical,digitalSignature' 'extendedKeyUsage=serverAuth' >server.ext
  openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -sha256 -days 398 -extfile server.ext -out server.crt.new
  mv server.key.new server.key
  mv server.crt.new server.crt
  rm -f server.csr server.ext
fi
chmod 755 "$TLS"
chmod 644 ca.crt server.crt
chown "$DATABASE_USER" server.key
