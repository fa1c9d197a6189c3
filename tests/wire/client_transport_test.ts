/** The client's transport on real sockets. */
// @ts-types="types/std_assert.d.ts"
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { callError } from "../../api/client/call_error.ts";
import { CommandError } from "../../api/client/command_error.ts";
import { type Endpoint, parseEndpoint } from "../../api/client/endpoint.ts";
import { connect } from "../../api/client/transport.ts";
import { MESSAGE_BYTES_MAX } from "../../api/limits.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { MachineService } from "../../proto/gen/machine/machine_pb.ts";
import { Code, ConnectError, createClient, createConnectRouter } from "@connectrpc/connect";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { opaqueResource } from "../fakes/api.ts";
import { serveState } from "../fakes/grpc_server.ts";
import { createFetchHandler } from "@connectrpc/connect/protocol";

/** A machine that knows one token, and counts the readers that are still there. */
function machine(): {
  readonly serve: (request: Request) => Promise<Response>;
  readonly left: Promise<void>;
} {
  const left = Promise.withResolvers<void>();
  const router = createConnectRouter({ connect: true });
  router.service(MachineService, {
    version(_, { requestHeader }) {
      if (requestHeader.get("authorization") !== "Bearer hush") {
        throw new ConnectError("wrong token", Code.Unauthenticated);
      }
      return { messages: [{ version: { tag: "v1" } }] };
    },
    mounts: () => ({ messages: [{ stats: [{ filesystem: "x".repeat(MESSAGE_BYTES_MAX) }] }] }),
    async *read(_, { signal }) {
      const aborted = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => aborted.resolve());
      yield { bytes: new Uint8Array([1, 2, 3]) };
      await aborted.promise;
      left.resolve();
    },
  });
  const handlers = new Map(
    router.handlers.map((each) => [each.requestPath, createFetchHandler(each)]),
  );
  return {
    left: left.promise,
    serve(request) {
      const handle = handlers.get(new URL(request.url).pathname);
      return handle === undefined
        ? Promise.resolve(new Response(null, { status: 404 }))
        : handle(request);
    },
  };
}

const PORTS = { clock: systemClock(), random: systemRandom() };

const LISTENERS = [
  ["TCP", (serve: Deno.ServeHandler, _: string) => {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, serve);
    return { server, endpoint: parseEndpoint(`http://127.0.0.1:${server.addr.port}`, "/") };
  }],
  ["a unix socket", (serve: Deno.ServeHandler, folder: string) => {
    const path = `${folder}/x.sock`;
    return {
      server: Deno.serve({ path, onListen() {} }, serve),
      endpoint: parseEndpoint(`unix:${path}`, "/"),
    };
  }],
] as const;

for (const [name, listen] of LISTENERS) {
  Deno.test(`connect() calls and streams over ${name}, and leaves nothing behind when disposed`, async () => {
    const folder = await Deno.makeTempDir();
    const { serve, left } = machine();
    const { server, endpoint } = listen(serve, folder);
    {
      using connection = connect({ endpoint, token: "hush" }, PORTS);
      const client = createClient(MachineService, connection.transport);
      assertEquals((await client.version({})).messages[0]?.version?.tag, "v1");
      for await (const { bytes } of client.read({ path: "/" })) {
        assertEquals(bytes, new Uint8Array([1, 2, 3]));
        break;
      }
    }
    await left;
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("connect() speaks gRPC over HTTP/2 on a socket named strata.sock", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/strata.sock`;
  const stop = new AbortController();
  const { listening, state } = await serveState({ path, signal: stop.signal });
  const endpoint = parseEndpoint(`unix:${path}`, "/");
  {
    using connection = connect({ endpoint, token: undefined }, PORTS);
    const machine = createClient(MachineService, connection.transport);
    assertEquals((await machine.version({})).messages[0]?.version?.tag, "v0.1.0");
    const client = createClient(State, connection.transport);
    const kind = { namespace: "default", type: "os/test" };
    const error = await assertRejects(() => client.get({ ...kind, id: "a" }), ConnectError);
    assertEquals(error.code, Code.NotFound);
    const events = client.watch({ ...kind, apiVersion: 1 })[Symbol.asyncIterator]();
    assertEquals((await events.next()).value?.event, []);
    await state.create(opaqueResource("a"));
    assertEquals((await events.next()).value?.event.length, 1);
    assertEquals(listening.connections, 1);
  }
  stop.abort();
  await listening.closed;
  await Deno.remove(folder, { recursive: true });
});

async function refusal(endpoint: Endpoint, token?: string): Promise<CommandError> {
  using connection = connect({ endpoint, token }, PORTS);
  const client = createClient(MachineService, connection.transport);
  const found = { endpoint, by: "--endpoint", token };
  const error = await client.version({}).then(() => undefined, (error: unknown) => error);
  const ended = callError(error, { found, signal: new AbortController().signal });
  assert(ended instanceof CommandError, String(error));
  return ended;
}

Deno.test("connect() says which endpoint cannot be reached and why", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const cases = [
    [
      `http://127.0.0.1:${port}`,
      /^cannot reach the machine at http:\/\/127\.0\.0\.1:\d+ \(found by --endpoint\): .*refused/,
    ],
    [`https://127.0.0.1:${port}`, /^cannot reach the machine at https:.*refused/],
    [
      "unix:/nonexistent/x.sock",
      /^cannot reach the machine at unix:\/nonexistent\/x\.sock \(found by --endpoint\): No such file/,
    ],
    [
      "unix:/nonexistent/strata.sock",
      /^cannot reach the machine at unix:\/nonexistent\/strata\.sock \(found by --endpoint\): No such file/,
    ],
    [`http://[::1]:${port}`, /^cannot reach the machine at http:\/\/\[::1\]:\d+ /],
  ] as const;
  for (const [text, message] of cases) {
    const { exit, message: said } = await refusal(parseEndpoint(text, "/"), "hush");
    assertEquals(exit, 5, text);
    assertMatch(said, message);
    assert(!said.includes("proxy uri"), said);
  }
});

Deno.test("connect() reports a token that is missing or wrong, and never shows it", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    machine().serve,
  );
  const endpoint = parseEndpoint(`http://127.0.0.1:${server.addr.port}`, "/");
  const missing = await refusal(endpoint);
  assertEquals(missing.exit, 4);
  assertStringIncludes(missing.message, "asks for a token: give --token-file or STRATA_TOKEN");
  const wrong = await refusal(endpoint, "secret-guess");
  assertEquals(wrong.exit, 4);
  assertStringIncludes(wrong.message, "refuses the token: wrong token");
  assert(!wrong.message.includes("secret-guess"));
});

Deno.test("connect() takes the token to no other place", async () => {
  const seen: (string | null)[] = [];
  await using other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    seen.push(request.headers.get("authorization"));
    return new Response();
  });
  const location = `http://127.0.0.1:${other.addr.port}/`;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(null, { status: 307, headers: { location } }),
  );
  const { exit } = await refusal(
    parseEndpoint(`http://127.0.0.1:${server.addr.port}`, "/"),
    "hush",
  );
  assertEquals([exit, seen], [1, []]);
});

Deno.test("connect() refuses messages over the limit", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    machine().serve,
  );
  const endpoint = parseEndpoint(`http://127.0.0.1:${server.addr.port}`, "/");
  using connection = connect({ endpoint, token: "hush" }, PORTS);
  const client = createClient(MachineService, connection.transport);
  const error = await assertRejects(() => client.mounts({}), ConnectError);
  assertEquals(error.code, Code.ResourceExhausted);
});

Deno.test("connect() tells a connection that breaks off from an answer", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const head =
    "HTTP/1.1 200 OK\r\ncontent-type: application/connect+proto\r\ncontent-length: 500\r\n\r\nabc";
  const breaking = (async () => {
    using socket = await listener.accept();
    await socket.read(new Uint8Array(4096));
    await socket.write(new TextEncoder().encode(head));
  })();
  const endpoint = parseEndpoint(`http://127.0.0.1:${listener.addr.port}`, "/");
  using connection = connect({ endpoint, token: undefined }, PORTS);
  const pieces = createClient(MachineService, connection.transport).read({ path: "/" });
  const error = await assertRejects(
    () => Array.fromAsync(pieces),
    ConnectError,
    "the connection broke off",
  );
  assertEquals(error.code, Code.Unavailable);
  await breaking;
  listener.close();
});

/** Makes garbage until something that nobody holds is collected. */
async function collectGarbage(): Promise<void> {
  let collected = false;
  const registry = new FinalizationRegistry(() => collected = true);
  registry.register({}, undefined);
  while (!collected) {
    Array.from({ length: 1_000_000 }, (_, index) => ({ index }));
    // What was collected is told between turns.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test("connect() ends a silent stream on interruption, however long it was silent", async () => {
  const { serve, left } = machine();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, serve);
  const interrupt = new AbortController();
  const endpoint = parseEndpoint(`http://127.0.0.1:${server.addr.port}`, "/");
  using connection = connect({ endpoint, token: undefined }, PORTS);
  const first = Promise.withResolvers<void>();
  const reading = (async () => {
    const call = { signal: interrupt.signal };
    const pieces = createClient(MachineService, connection.transport).read({ path: "/" }, call);
    for await (const _ of pieces) first.resolve();
  })();
  await first.promise;
  for (let round = 0; round < 3; round++) await collectGarbage();
  interrupt.abort();
  const error = await assertRejects(() => reading, ConnectError);
  assertEquals(error.code, Code.Canceled);
  await left;
});
