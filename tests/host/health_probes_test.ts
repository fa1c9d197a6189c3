// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { listenHttp2 } from "../../api/listen_http2.ts";
import { healthProbe } from "../../roles/health_probes.ts";
import { UnwellError } from "../../runtime/controllers/services/service_world.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { apiFixture } from "../fakes/api.ts";
import { FakeKernel } from "../fakes/kernel.ts";

const PROBE = healthProbe({
  kernel: new FakeKernel(),
  clock: systemClock(),
  random: systemRandom(),
});
const NEVER = new AbortController().signal;

Deno.test("healthProbe() takes a connection for an answer, and a refused one for none", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const question = { kind: "tcp", hostname: "127.0.0.1", port } as const;
  const accepted = listener.accept();
  assertEquals(await PROBE.ask(question, NEVER), "it takes connections");
  (await accepted).close();
  listener.close();
  const { message } = await assertRejects(() => PROBE.ask(question, NEVER), Error);
  assertStringIncludes(message, "refused");
});

Deno.test("healthProbe() judges an answer of HTTP by its status, and follows it nowhere", async () => {
  let status = 200;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(null, { status, headers: { location: "http://192.0.2.1/" } }),
  );
  const question = { kind: "http", url: `http://127.0.0.1:${server.addr.port}/` } as const;
  assertEquals(await PROBE.ask(question, NEVER), "it answers with status 200");
  status = 302;
  assertEquals(await PROBE.ask(question, NEVER), "it answers with status 302");
  status = 503;
  const { message } = await assertRejects(() => PROBE.ask(question, NEVER), UnwellError);
  assertEquals(message, "it answers with status 503");
  await server.shutdown();
});

Deno.test("healthProbe() says so where what answers is no HTTP, or nothing does", async () => {
  for (
    const [answer, said] of [
      ["SSH-2.0-strange\r\n", "what it answers is no HTTP"],
      ["HTTP/1.1 2", "what it answers is no HTTP"],
      ["", "it closed the connection"],
    ] as const
  ) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const asked = PROBE.ask({ kind: "http", url: `http://127.0.0.1:${port}/` }, NEVER);
    const refused = assertRejects(() => asked, Error);
    const connection = await listener.accept();
    await connection.read(new Uint8Array(1024));
    if (answer !== "") await connection.write(new TextEncoder().encode(answer));
    connection.close();
    const error = await refused;
    assertEquals([error.message, error instanceof UnwellError], [said, false]);
    listener.close();
  }
});

Deno.test("healthProbe() ends a question whose signal aborts", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const over = new AbortController();
  const accepted = listener.accept();
  const asked = PROBE.ask({ kind: "http", url: `http://127.0.0.1:${port}/` }, over.signal);
  using _silent = await accepted;
  over.abort(new Error("too late"));
  assertEquals((await assertRejects(() => asked, Error)).message, "too late");
  listener.close();
});

Deno.test("healthProbe() asks a server of gRPC by its socket and by its port whether it serves", async () => {
  const { api, health, log, stop } = apiFixture();
  const directory = await Deno.makeTempDir();
  const path = `${directory}/grpc.sock`;
  const own = { handler: api.exchange, clock: systemClock(), log, signal: stop.signal };
  const unix = await listenHttp2({ ...own, address: { path, mode: 0o600 } });
  const tcp = await listenHttp2({ ...own, address: { hostname: "127.0.0.1", port: 0 } });
  const target = `unix:${path}`;
  assertEquals(await PROBE.ask({ kind: "grpc", target }, NEVER), "it says SERVING");
  health.now = { ready: false, unmet: ["mounts"] };
  const ill = await assertRejects(() => PROBE.ask({ kind: "grpc", target }, NEVER), UnwellError);
  assertEquals(ill.message, "it says NOT_SERVING");
  // By its port this one answers callers with a token alone.
  const byPort = { kind: "grpc", target: `127.0.0.1:${tcp.port}` } as const;
  const refused = await assertRejects(() => PROBE.ask(byPort, NEVER), UnwellError);
  assertStringIncludes(refused.message, "Authorization is missing");
  stop.abort();
  await Promise.all([unix.closed, tcp.closed]);
  const gone = { kind: "grpc", target: `unix:${path}` } as const;
  const error = await assertRejects(() => PROBE.ask(gone, NEVER), Error);
  assertStringIncludes(error.message, "No such file");
  assertEquals(error instanceof UnwellError, false);
  await Deno.remove(directory, { recursive: true });
});
