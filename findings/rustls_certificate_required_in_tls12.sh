#!/usr/bin/env bash
# rustls in granian 2.8.9: certificate_required(116) in TLS 1.2.
#
# Seen with granian 2.8.9 (PyPI) and OpenSSL's s_client: a client that presents no certificate where one is required is
# refused with alert 116 in TLS 1.2 as well. RFC 8446 section 6.2 brought that alert with TLS 1.3; before, RFC 5246
# section 7.4.6 has handshake_failure(40), which is what others send. OpenSSL as client calls it by the name of TLS 1.3 in a
# connection of TLS 1.2, so that a log seems to speak of another version than was agreed on.
#
# Needs python3 with venv, and openssl. Fails if any of this changes.
set -euo pipefail
place=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'granian==2.8.9' 'click==8.3.0'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout own.key -out own.pem -days 30 \
    -subj /CN=leaf.example -addext subjectAltName=DNS:leaf.example 2>openssl.log
cat >app.py <<'PYTHON'
async def app(scope, receive, send):
    """Answers nobody: nobody is let in."""
PYTHON
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
venv/bin/granian --interface asgi --host 127.0.0.1 --port "$port" --no-log --ssl-certificate own.pem \
    --ssl-keyfile own.key --ssl-ca own.pem --ssl-client-verify --ssl-protocol-min tls1.2 app:app >server.log 2>&1 &
server=$!
for _ in $(seq 100); do
    ! python3 -c "import socket; socket.create_connection(('127.0.0.1', $port), 1)" 2>/dev/null || break
    sleep 0.1
done
openssl s_client -connect "127.0.0.1:$port" -tls1_2 </dev/null >client.log 2>&1 || true
{
    grep -o 'Protocol *: TLSv1.2' client.log | tr -s ' ' | head -1
    grep -o 'SSL alert number [0-9]*' client.log | head -1
    grep -o 'tlsv13 alert certificate required' client.log | head -1
} | tee said.txt
diff said.txt - <<'SEEN'
Protocol : TLSv1.2
SSL alert number 116
tlsv13 alert certificate required
SEEN
echo "as seen"
