#!/usr/bin/env bash
# Bun 1.4.5: a keyUsage that does not fit is an illegal parameter in TLS 1.3, and nothing at all in TLS 1.2.
#
# Seen with Bun 1.4.5 (npm, node:tls over BoringSSL) as a server that demands client certificates: for one whose keyUsage
# has keyAgreement without digitalSignature, TLS 1.3 ends with illegal_parameter(47), which speaks of a field of a
# message, and TLS 1.2 with a closed connection and no alert. An EKU that does not fit is silent in both. What both
# versions have for it is unsupported_certificate(43) (RFC 8446 section 6.2), which OpenSSL sends.
#
# Needs npm and openssl. Fails if any of this changes.
set -euo pipefail
place=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$place"' EXIT
cd "$place"
npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix npm bun@1.4.5
curve=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${curve[@]}" -keyout ca.key -out ca.pem -days 30 -subj '/CN=Some CA' 2>openssl.log
issue() {
    openssl req -x509 "${curve[@]}" -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=$1.example" -CA ca.pem -CAkey ca.key \
        -addext basicConstraints=critical,CA:FALSE -addext "keyUsage=critical,$2" -addext "extendedKeyUsage=$3" 2>>openssl.log
}
issue own digitalSignature serverAuth
issue fits digitalSignature clientAuth
issue usage keyAgreement clientAuth
issue purpose digitalSignature serverAuth
cat >serve.mjs <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
import tls from "node:tls";
const read = (name) => readFileSync(name, "utf8");
const server = tls.createServer(
  { key: read("own.key"), cert: read("own.pem"), ca: [read("ca.pem")], requestCert: true, rejectUnauthorized: true },
  (socket) => { socket.on("error", () => {}); socket.end("taken\n"); },
);
server.on("tlsClientError", () => {});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JAVASCRIPT
echo npm/node_modules/@oven/bun-*/bin/bun >bun.txt
"$(cut -d' ' -f1 bun.txt)" run serve.mjs >port.txt 2>server.log &
server=$!
for _ in $(seq 100); do
    [ ! -s port.txt ] || break
    sleep 0.1
done
ask() {
    # The input stays open for a while: in TLS 1.3 the server judges after the client has finished.
    sleep 2 | timeout 20 openssl s_client -connect "127.0.0.1:$(cat port.txt)" "-$1" -cert "$2.pem" -key "$2.key" >client.log 2>&1 || true
    printf '%s %s: ' "$1" "$2"
    grep -oE 'taken|SSL alert number [0-9]+' client.log | head -1 || echo "closed, no alert"
}
for version in tls1_2 tls1_3; do
    for who in fits usage purpose; do
        ask "$version" "$who"
    done
done | tee said.txt
diff said.txt - <<'SEEN'
tls1_2 fits: taken
tls1_2 usage: closed, no alert
tls1_2 purpose: closed, no alert
tls1_3 fits: taken
tls1_3 usage: SSL alert number 47
tls1_3 purpose: closed, no alert
SEEN
echo "as seen"
