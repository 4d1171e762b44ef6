// A TLS peer of node:tls, for Node, Bun and Deno. Arguments: "server" or "client", a directory, "1.2" or "1.3".
// A server prints its port and answers the first bytes that it gets from a client with a certificate that is
// authorized. A client reads a port a line, says a line to the server behind it, and prints what came of it.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import process from "node:process";
import tls from "node:tls";

const [part, directory, version] = process.argv.slice(2);
const read = (name) => readFileSync(`${directory}/${name}`, "utf8");
const roots = read("roots.pem").split(/(?<=-----END CERTIFICATE-----\n)/).filter((each) => each.trim());
const span = { minVersion: `TLSv${version}`, maxVersion: `TLSv${version}` };

if (part === "server") {
  const server = tls.createServer({
    ...span, key: read("own.key"), cert: read("own.pem"), ca: roots, requestCert: true, rejectUnauthorized: true,
  }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end("taken"));
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
} else {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(await new Promise((resolve) => {
      const socket = tls.connect({
        ...span, host: "127.0.0.1", port: Number(line), servername: "leaf.example", ca: roots,
        checkServerIdentity: () => undefined,
      }, () => socket.write("GET / HTTP/1.0\r\n\r\n"));
      socket.on("data", () => {});
      socket.on("error", (error) => resolve(error.code ?? String(error).replaceAll("\n", " ")));
      socket.on("close", () => resolve("closed"));
    }));
  }
  process.exit(0);
}
