// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { patientTransport } from "./patience.ts";

const RESOURCE = { resource: { metadata: { id: "a" }, spec: {} } };

/** A machine that sends one message of each stream and then keeps silent, and tells when a stream ends. */
function silent(first: "first message" | "nothing") {
  const [started, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  async function* stream<T>(message: T, signal: AbortSignal): AsyncGenerator<T> {
    started.resolve();
    if (first === "first message") yield message;
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    ended.resolve();
  }
  const transport = createRouterTransport((router) => {
    router.service(State, {
      list: (_, { signal }) => stream(RESOURCE, signal),
      watch: (_, { signal }) => stream({ event: [] }, signal),
    });
  });
  const clock = new FakeClock();
  const patient = patientTransport(transport, { timeoutMs: 30_000, clock });
  const client = createClient(State, patient);
  return { client, clock, started: started.promise, ended: ended.promise };
}

async function assertLate(call: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(call, ConnectError);
  assertEquals([error.code, error.rawMessage], [Code.DeadlineExceeded, "no answer in 30s"]);
}

Deno.test("patientTransport() ends a list that is silent before and between its messages", async () => {
  for (const first of ["nothing", "first message"] as const) {
    const { client, clock, ended } = silent(first);
    const messages = client.list({})[Symbol.asyncIterator]();
    if (first === "first message") await messages.next();
    const late = assertLate(() => messages.next());
    await clock.sleeping();
    await clock.advance(30_000);
    await late;
    await ended;
  }
});

Deno.test("patientTransport() waits for the first message of a watch, and for no other", async () => {
  {
    const { client, clock, ended } = silent("nothing");
    const late = assertLate(() => client.watch({})[Symbol.asyncIterator]().next());
    await clock.sleeping();
    await clock.advance(30_000);
    await late;
    await ended;
  }
  const { client, clock, ended } = silent("first message");
  const stop = new AbortController();
  const messages = client.watch({}, { signal: stop.signal })[Symbol.asyncIterator]();
  assertEquals((await messages.next()).done, false);
  const next = messages.next();
  await clock.advance(3_600_000);
  assertEquals(clock.pendingMs, []);
  stop.abort();
  await assertRejects(() => next, ConnectError);
  await ended;
});

Deno.test("patientTransport() ends a call whose signal aborts, before it and meanwhile", async () => {
  const { client, started, ended } = silent("nothing");
  const stop = new AbortController();
  const next = client.list({}, { signal: stop.signal })[Symbol.asyncIterator]().next();
  await started;
  stop.abort();
  await assertRejects(() => next, ConnectError, "canceled");
  await ended;
  await assertRejects(
    () => client.list({}, { signal: stop.signal })[Symbol.asyncIterator]().next(),
    ConnectError,
    "canceled",
  );
});

Deno.test("patientTransport() waits for ever where the time is 0", () => {
  const transport = createRouterTransport(() => {});
  assertEquals(patientTransport(transport, { timeoutMs: 0, clock: new FakeClock() }), transport);
});

Deno.test("patientTransport() waits for ever for a stream that is called with a time-out of 0", async () => {
  const { client, clock, started, ended } = silent("nothing");
  const stop = new AbortController();
  const call = { signal: stop.signal, timeoutMs: 0 };
  const next = client.list({}, call)[Symbol.asyncIterator]().next();
  await started;
  assertEquals(clock.pendingMs, []);
  stop.abort();
  const error = await assertRejects(() => next, ConnectError);
  assertEquals(error.code, Code.Canceled);
  await ended;
});
