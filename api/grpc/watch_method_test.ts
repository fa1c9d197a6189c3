// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { EventType, State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { type ApiFixture, apiFixture, opaqueResource } from "../../tests/fakes/api.ts";
import type { FakeExchange } from "../../tests/fakes/fake_exchange.ts";
import {
  answersIn,
  codeOf,
  grpcCall,
  messageOf,
  messagesIn,
} from "../../tests/fakes/grpc_client.ts";
import type { Peer } from "../http2/exchange.ts";
import { EVENTS_MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX, WATCHES_MAX } from "../limits.ts";

const WATCH = State.method.watch;
const KIND = { namespace: "default", type: "os/test" };
const BOOTSTRAP = { bootstrapContents: true };

function watch(
  { api }: ApiFixture,
  request: MessageInitShape<typeof WATCH.input>,
  peer: Peer = { transport: "unix" },
  headers: readonly string[] = [],
): FakeExchange {
  return grpcCall(api.exchange, WATCH, { ...KIND, apiVersion: 1, ...request }, { peer, headers });
}

/** What each message holds. */
function told(exchange: FakeExchange): string[][] {
  return answersIn(exchange, WATCH).map(({ event }) =>
    event.map(({ eventType, resource }) => {
      const id = resource?.metadata?.id ?? "";
      return id === "" ? EventType[eventType] : `${EventType[eventType]} ${id}`;
    })
  );
}

function count(exchange: FakeExchange, messages: number): Promise<void> {
  return exchange.until(() => messagesIn(exchange).length >= messages);
}

async function fill({ state }: ApiFixture, ids: readonly string[]): Promise<void> {
  for (const id of ids) await state.create(opaqueResource(id));
}

Deno.test("State Watch() sends an empty message when the watch stands, then what happens", async () => {
  const fixture = apiFixture();
  const exchange = watch(fixture, {});
  await count(exchange, 1);
  assertEquals([told(exchange), exchange.status], [[[]], 200]);
  await fill(fixture, ["a"]);
  await count(exchange, 2);
  await fixture.state.destroy({ ...KIND, id: "a" });
  await count(exchange, 3);
  assertEquals(told(exchange), [[], ["CREATED a"], ["DESTROYED a"]]);
  exchange.leave();
  assertEquals(fixture.api.watches, 0);
});

Deno.test("State Watch() sends one message for each event unless it is asked for batches", async () => {
  const fixture = apiFixture();
  await fill(fixture, ["b", "a"]);
  const options = { ...BOOTSTRAP, bootstrapBookmark: true };
  const single = watch(fixture, { options });
  await count(single, 5);
  assertEquals(told(single), [[], ["CREATED a"], ["CREATED b"], ["BOOTSTRAPPED"], ["NOOP"]]);
  const batch = watch(fixture, { options: { ...options, aggregated: true } });
  await count(batch, 3);
  assertEquals(told(batch), [[], ["CREATED a", "CREATED b", "BOOTSTRAPPED"], ["NOOP"]]);
  const one = watch(fixture, { id: "a", options: { aggregated: true } });
  await count(one, 2);
  assertEquals(told(one), [[], ["CREATED a"]]);
  fixture.stop.abort();
});

Deno.test("State Watch() tells old clients of no BOOTSTRAPPED, and still sends the batch that had nothing else", async () => {
  const fixture = apiFixture();
  const old = { apiVersion: 0, options: { ...BOOTSTRAP, aggregated: true } };
  const empty = watch(fixture, old);
  await count(empty, 2);
  assertEquals(told(empty), [[], []]);
  await fill(fixture, ["a"]);
  const full = watch(fixture, old);
  await count(full, 2);
  assertEquals(told(full), [[], ["CREATED a"]]);
  const single = watch(fixture, {
    apiVersion: 0,
    options: { ...BOOTSTRAP, bootstrapBookmark: true },
  });
  await count(single, 3);
  assertEquals(told(single), [[], ["CREATED a"], ["NOOP"]]);
  fixture.stop.abort();
});

Deno.test("State Watch() splits a batch of 20 MB into messages in order, Bootstrapped last", async () => {
  const fixture = apiFixture();
  const ids = Array.from({ length: 40 }, (_, index) => `r${String(index).padStart(2, "0")}`);
  for (const id of ids) {
    await fixture.state.create(opaqueResource(id, { proto: new Uint8Array(500_000) }));
  }
  const exchange = watch(fixture, { options: { ...BOOTSTRAP, aggregated: true } });
  const isComplete = () => told(exchange).flat().includes("BOOTSTRAPPED");
  await exchange.until(() => exchange.written.length >= 7 && isComplete());
  const messages = told(exchange);
  assertEquals(messages.flat(), [...ids.map((id) => `CREATED ${id}`), "BOOTSTRAPPED"]);
  assertEquals(messages[0], []);
  for (const { length } of messagesIn(exchange)) assert(length <= EVENTS_MESSAGE_BYTES_MAX);
  assert(messages.slice(1).every(({ length }) => length > 0), "none is empty but the first");
  assertEquals(messages.length, 1 + 7, "as few as hold it");
  exchange.leave();
});

Deno.test("State Watch() sends an event over the mark alone, and clients can take it", async () => {
  const fixture = apiFixture();
  const bytes = new Uint8Array(1_300_000);
  const { state } = fixture;
  const created = await state.create(opaqueResource("a", { proto: bytes }));
  const exchange = watch(fixture, { options: { aggregated: true } });
  await count(exchange, 1);
  exchange.take(0);
  await state.update({ ...created, spec: opaqueResource("a", { proto: bytes, yaml: "y" }).spec });
  await count(exchange, 2);
  assert(messagesIn(exchange).every(({ length }) => length < MESSAGE_BYTES_MAX));
  exchange.leave();
});

Deno.test("State Watch() waits for a slow reader, and goes on where it stopped", async () => {
  const fixture = apiFixture();
  const exchange = watch(fixture, {});
  await count(exchange, 1);
  exchange.take(0);
  const ids = Array.from({ length: 20 }, (_, index) => `r${index}`);
  await fill(fixture, ids.slice(0, 1));
  await exchange.until(() => exchange.isBehind);
  const { length } = exchange.written;
  await fill(fixture, ids.slice(1));
  await fixture.clock.advance(0);
  assertEquals(exchange.written.length, length, "nothing is written while it is behind");
  exchange.take();
  await count(exchange, 21);
  assertEquals(told(exchange).flat(), ids.map((id) => `CREATED ${id}`));
  exchange.leave();
});

/** A watch whose reader has fallen behind further than events are kept, and reads again. */
async function overrun(fixture: ApiFixture, apiVersion: number): Promise<FakeExchange> {
  const exchange = watch(fixture, { apiVersion });
  await count(exchange, 1);
  exchange.take(0);
  await fill(fixture, ["first"]);
  await exchange.until(() => exchange.isBehind);
  await fill(fixture, Array.from({ length: 200 }, (_, index) => `r${index}`));
  assertEquals([exchange.closed, messagesIn(exchange).length], [false, 2]);
  exchange.take();
  return exchange;
}

Deno.test("State Watch() tells a reader who is too slow that it is over, and leaves the stream to it", async () => {
  const fixture = apiFixture();
  const exchange = await overrun(fixture, 1);
  await count(exchange, 3);
  const last = answersIn(exchange, WATCH)[2]?.event ?? [];
  assertEquals(last.map(({ eventType, resource }) => [eventType, resource]), [
    [EventType.ERRORED, undefined],
  ]);
  assertStringIncludes(last[0]?.error ?? "", "buffer overrun");
  await fixture.clock.advance(0);
  assertEquals([exchange.closed, fixture.api.watches], [false, 0]);
  exchange.leave();
});

Deno.test("State Watch() ends with ResourceExhausted for a slow reader who knows no errors", async () => {
  const fixture = apiFixture();
  const exchange = await overrun(fixture, 0);
  await exchange.over();
  assertEquals([told(exchange), codeOf(exchange)], [[[], ["CREATED first"]], "ResourceExhausted"]);
  assertStringIncludes(messageOf(exchange), "buffer overrun");
  assertEquals(fixture.api.watches, 0);
});

Deno.test("State Watch() gives its place back, however it ends", async () => {
  const fixture = apiFixture();
  const { api, clock, stop } = fixture;
  const left = watch(fixture, {});
  left.leave(); // Before it stands.
  await clock.advance(0);
  assertEquals(api.watches, 0);
  const behind = watch(fixture, {});
  behind.take(0);
  await behind.until(() => behind.isBehind);
  assertEquals(api.watches, 1);
  behind.leave();
  assertEquals(api.watches, 0);
  const late = watch(fixture, {}, undefined, ["grpc-timeout", "1S"]);
  await count(late, 1);
  await clock.advance(1000);
  assertEquals([codeOf(late), api.watches], ["DeadlineExceeded", 0]);
  const refused = watch(fixture, { options: { idQuery: { regexp: "(" } } });
  await refused.over();
  assertEquals([codeOf(refused), api.watches], ["InvalidArgument", 0]);
  const stopped = watch(fixture, {});
  await count(stopped, 1);
  stop.abort();
  assertEquals([codeOf(stopped), api.watches], ["Unavailable", 0]);
});

Deno.test("State Watch() holds 4096 at once, refuses one more, and calls beside them are answered", async () => {
  const fixture = apiFixture();
  const { api, state } = fixture;
  const all = Array.from({ length: WATCHES_MAX }, () => watch(fixture, {}));
  for (const exchange of all) await count(exchange, 1);
  assertEquals(api.watches, WATCHES_MAX);
  const more = watch(fixture, {});
  await more.over();
  assertEquals(codeOf(more), "ResourceExhausted");
  await state.create(opaqueResource("a"));
  for (const exchange of all) await count(exchange, 2);
  const shared = all[0]?.written[1];
  assert(all.every(({ written }) => written[1] === shared), "encoded once for all");
  const get = grpcCall(api.exchange, State.method.get, { ...KIND, id: "a" });
  assertEquals(codeOf(get), "OK");
  for (const exchange of all) exchange.leave();
  assertEquals(api.watches, 0);
});
