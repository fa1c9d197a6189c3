// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertInstanceOf } from "@std/assert";
import { Code, ConnectError } from "@connectrpc/connect";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { MachineService } from "../../proto/gen/machine/machine_pb.ts";
import { Health } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../proto/gen/grpc/reflection/v1/reflection_pb.ts";
import { type ApiFixture, apiFixture, opaqueResource } from "../../tests/fakes/api.ts";
import { FakeExchange } from "../../tests/fakes/fake_exchange.ts";
import { codeOf, grpcCall, messageOf, pathOf } from "../../tests/fakes/grpc_client.ts";

const KIND = { namespace: "default", type: "os/test" };
const HELD = { ...KIND, id: "held" };
const ONE_SECOND = ["grpc-timeout", "1S"];

/** A unary call that waits for a finalizer. */
async function waiting({ state, api }: ApiFixture, headers: readonly string[] = []) {
  await state.create(opaqueResource("held", { finalizers: ["keeper"] }));
  const exchange = grpcCall(api.exchange, State.method.teardownAndDestroy, HELD, { headers });
  for await (const event of await state.watch(HELD)) {
    if (event.event === "errored" || event.resource.metadata.phase === "tearingDown") break;
  }
  return exchange;
}

/** Stands in for the machine's list: stays until its signal aborts. */
function staying({ machine }: ApiFixture): Promise<AbortSignal> {
  const { promise, resolve } = Promise.withResolvers<AbortSignal>();
  machine.list = async function* ({ signal }) {
    resolve(signal);
    await new Promise((done) => signal.addEventListener("abort", done, { once: true }));
    signal.throwIfAborted();
    yield* [];
  };
  return promise;
}

Deno.test("GrpcCall ends with DeadlineExceeded when its deadline passes, and not before", async () => {
  const fixture = apiFixture();
  const exchange = await waiting(fixture, ONE_SECOND);
  await fixture.clock.advance(999);
  assertEquals(exchange.closed, false);
  await fixture.clock.advance(1);
  assertEquals([codeOf(exchange), messageOf(exchange)], [
    "DeadlineExceeded",
    "the deadline passed",
  ]);
  await fixture.state.removeFinalizer(HELD, ["keeper"]);
  assertEquals(fixture.state.getNow(HELD)?.metadata.phase, "tearingDown", "nobody waits for it");
});

Deno.test("GrpcCall keeps a deadline while the body is on its way", async () => {
  const { api, clock } = apiFixture();
  for (
    const method of [
      State.method.get,
      State.method.list,
      ServerReflection.method.serverReflectionInfo,
    ]
  ) {
    const exchange = FakeExchange.ask(api.exchange, { path: pathOf(method), headers: ONE_SECOND });
    await clock.advance(1000);
    assertEquals(codeOf(exchange), "DeadlineExceeded", method.name);
    assertEquals(exchange.written.length, 0);
  }
});

Deno.test("GrpcCall aborts the handler's signal with the deadline, and ends a stream by it", async () => {
  const fixture = apiFixture();
  const asked = staying(fixture);
  const { api, clock, log } = fixture;
  const exchange = grpcCall(api.exchange, MachineService.method.list, {}, { headers: ONE_SECOND });
  const signal = await asked;
  assertEquals(signal.aborted, false);
  await clock.advance(1000);
  assertEquals(codeOf(exchange), "DeadlineExceeded");
  assertInstanceOf(signal.reason, ConnectError);
  assertEquals(signal.reason.code, Code.DeadlineExceeded);
  assertEquals(log.lines, []);
});

Deno.test("GrpcCall lets its deadline go when it is answered, failed or left", async () => {
  const fixture = apiFixture();
  const { api, clock, state } = fixture;
  const left = await waiting(fixture, ONE_SECOND);
  assertEquals(clock.pendingMs, [1000]);
  left.leave();
  assertEquals(clock.pendingMs, []);
  const options = { headers: ONE_SECOND };
  const answered = grpcCall(api.exchange, State.method.teardownAndDestroy, HELD, options);
  await clock.sleeping();
  await state.removeFinalizer(HELD, ["keeper"]);
  await answered.over();
  assertEquals([codeOf(answered), clock.pendingMs], ["OK", []]);
  const list = grpcCall(api.exchange, State.method.list, KIND, options);
  await list.over();
  assertEquals([codeOf(list), clock.pendingMs], ["OK", []]);
});

Deno.test("GrpcCall aborts the handler's signal when the caller leaves, and writes nothing more", async () => {
  const fixture = apiFixture();
  const asked = staying(fixture);
  const exchange = grpcCall(fixture.api.exchange, MachineService.method.list, {});
  const signal = await asked;
  exchange.leave();
  assertInstanceOf(signal.reason, ConnectError);
  assertEquals(signal.reason.code, Code.Canceled);
  await fixture.clock.advance(0);
  assertEquals([exchange.status, exchange.written.length], [undefined, 0]);
  assertEquals(fixture.log.lines, [], "who leaves is no fault");
});

Deno.test("GrpcCall aborts the handler's signal when all went well, too", async () => {
  const { api, machine } = apiFixture();
  let signal: AbortSignal | undefined;
  machine.list = async function* (request) {
    signal = request.signal;
    yield* await Promise.resolve([]);
  };
  const exchange = grpcCall(api.exchange, MachineService.method.list, {});
  await exchange.over();
  assertEquals([codeOf(exchange), signal?.aborted], ["OK", true]);
});

Deno.test("GrpcCall ends with Unavailable when the agent stops, whatever it waits for", async () => {
  const fixture = apiFixture();
  const { api, stop } = fixture;
  const path = pathOf(ServerReflection.method.serverReflectionInfo);
  const exchanges = [
    await waiting(fixture),
    grpcCall(api.exchange, State.method.watch, KIND),
    grpcCall(api.exchange, Health.method.watch, {}),
    FakeExchange.ask(api.exchange, { path }),
    FakeExchange.ask(api.exchange, { path: pathOf(State.method.get) }),
  ];
  await exchanges[1]?.until(() => exchanges[1]?.written.length === 1);
  stop.abort();
  for (const exchange of exchanges) {
    assertEquals([codeOf(exchange), messageOf(exchange)], ["Unavailable", "the agent is stopping"]);
  }
  assertEquals(api.watches, 0);
});

Deno.test("GrpcCall fails a conversation whose messages are none, after the answers before it", async () => {
  const { api } = apiFixture();
  const path = pathOf(ServerReflection.method.serverReflectionInfo);
  const exchange = FakeExchange.ask(api.exchange, { path });
  exchange.send(Uint8Array.of(0, 0, 0, 0, 0));
  await exchange.until(() => exchange.written.length === 1);
  exchange.send(Uint8Array.of(0, 0, 0, 0, 1, 255));
  await exchange.over();
  assertEquals(codeOf(exchange), "InvalidArgument");
});

Deno.test("GrpcCall ends a conversation when the caller leaves within it", async () => {
  const { api, log } = apiFixture();
  const path = pathOf(ServerReflection.method.serverReflectionInfo);
  const exchange = FakeExchange.ask(api.exchange, { path });
  await exchange.until(() => exchange.isRead);
  exchange.leave();
  await exchange.over();
  assertEquals([exchange.trailers, log.lines], [undefined, []]);
});
