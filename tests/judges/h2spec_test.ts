import { createServer } from "node:tls";
import type { AddressInfo } from "node:net";
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { join } from "@std/path/posix";
import { type Http2Connection, serveHttp2 } from "../../api/http2/connection.ts";
import type { Exchange } from "../../api/http2/exchange.ts";
import { tlsDuplex } from "../../api/http2/tls_duplex.ts";
import { listenHttp2 } from "../../api/listen_http2.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { buildH2spec, H2SPEC_CASES, judge, type JudgedCase } from "./h2spec.ts";

/** Answers like a gRPC server: headers, some bytes, trailers. */
function answer(exchange: Exchange): void {
  exchange.collect(1024 * 1024, () => {
    exchange.respond(200, ["content-type", "text/plain"]);
    exchange.write(new TextEncoder().encode("a body of more than a few bytes"));
    exchange.end(["grpc-status", "0"]);
  });
}

async function report(test: Deno.TestContext, cases: readonly JudgedCase[]): Promise<void> {
  for (const { name, fault } of cases) {
    await test.step(name, () => assertEquals(fault, undefined));
  }
  assertEquals(cases.length, H2SPEC_CASES);
}

async function selfSigned(directory: string): Promise<{ key: string; cert: string }> {
  const key = join(directory, "key.pem");
  const cert = join(directory, "cert.pem");
  const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const rest = ["-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", cert];
  const { success, stderr } = await new Deno.Command("openssl", { args: [...words, ...rest] })
    .output();
  if (!success) throw new Error(`Cannot make a certificate: ${new TextDecoder().decode(stderr)}`);
  return { key: await Deno.readTextFile(key), cert: await Deno.readTextFile(cert) };
}

Deno.test("listenHttp2() passes every case of h2spec in clear", async (test) => {
  const directory = await Deno.makeTempDir({ prefix: "strata-h2spec-" });
  const stop = new AbortController();
  const listening = await listenHttp2({
    address: { hostname: "127.0.0.1", port: 0 },
    handler: answer,
    clock: systemClock(),
    log: new FakeLog(),
    signal: stop.signal,
  });
  try {
    const program = await buildH2spec(directory);
    const { port = 0 } = listening;
    await report(
      test,
      await judge(program, { port, tls: false, report: join(directory, "clear.xml") }),
    );
  } finally {
    stop.abort();
    await listening.closed;
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("serveHttp2() passes every case of h2spec over TLS with ALPN", async (test) => {
  const directory = await Deno.makeTempDir({ prefix: "strata-h2spec-" });
  const stop = new AbortController();
  const open = new Set<Http2Connection>();
  const server = createServer({ ...await selfSigned(directory), ALPNProtocols: ["h2"] });
  server.on("secureConnection", (socket) => {
    open.add(serveHttp2(tlsDuplex(socket), {
      handler: answer,
      peer: { transport: "tcp", client: "127.0.0.1" },
      clock: systemClock(),
      signal: stop.signal,
    }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo; // It listens on TCP.
  try {
    const program = await buildH2spec(directory);
    await report(
      test,
      await judge(program, { port, tls: true, report: join(directory, "tls.xml") }),
    );
  } finally {
    stop.abort();
    for (const connection of open) connection.cut();
    await Promise.all([...open].map((connection) => connection.finished));
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await Deno.remove(directory, { recursive: true });
  }
});
