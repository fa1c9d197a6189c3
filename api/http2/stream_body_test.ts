/** A body as it comes in, piece by piece: what it holds, gives back and asks for. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeBodyHost } from "../../tests/fakes/body_host.ts";

const ones = (length: number): number[] => new Array<number>(length).fill(1);

Deno.test("IncomingBody.allow() keeps to the stream's window, to the byte", () => {
  const { body } = new FakeBodyHost();
  assertEquals([body.allow(999), body.allow(0), body.allow(1), body.allow(0), body.allow(1)], [
    true,
    true,
    true,
    true,
    false,
  ]);
});

Deno.test("IncomingBody.allowLast() keeps to what is left of it", () => {
  const fresh = new FakeBodyHost().body;
  assertEquals([fresh.allowLast(1000), fresh.allowLast(1001)], [true, false]);
  fresh.allow(400);
  assertEquals([fresh.allowLast(600), fresh.allowLast(601)], [true, false]);
});

Deno.test("IncomingBody holds what nobody reads, and gives it back as it is read", async () => {
  const host = new FakeBodyHost();
  host.come(300);
  host.come(200, 2);
  assertEquals([host.held, host.given, host.widened], [4096, 0, []]);
  const piece = await host.body.read();
  // Small ones share a piece.
  assertEquals([piece?.length, piece?.[299], piece?.[300]], [500, 1, 2]);
  assertEquals([host.held, host.given, host.widened], [0, 500, [500]]);
});

Deno.test("IncomingBody begins another piece where one is full, and cuts the rest of it off", async () => {
  const host = new FakeBodyHost();
  const { body } = host;
  body.push(new Uint8Array(4000), 0, 4000);
  body.push(new Uint8Array(96), 0, 96);
  assertEquals(host.held, 4096);
  body.push(new Uint8Array(1), 0, 1);
  assertEquals(host.held, 8192);
  body.push(new Uint8Array(5000).fill(9), 0, 5000);
  assertEquals(host.held, 4096 + 1 + 5000);
  const lengths = [];
  for (let count = 0; count < 3; count++) lengths.push((await body.read())?.length);
  assertEquals([lengths, host.held, host.given], [[4096, 1, 5000], 0, 9097]);
});

Deno.test("IncomingBody hands bytes to who waits for them, as a copy, and holds nothing", async () => {
  const host = new FakeBodyHost();
  const read = host.body.read();
  assertEquals(host.body.isAwaited, true);
  const bytes = new Uint8Array(600).fill(1);
  host.body.allow(600);
  host.body.push(bytes, 0, 600);
  bytes.fill(7);
  assertEquals([...await read ?? []], ones(600));
  assertEquals([host.held, host.given, host.widened, host.body.isAwaited], [0, 600, [600], false]);
});

Deno.test("IncomingBody.push() of no byte is nothing", async () => {
  const host = new FakeBodyHost();
  host.come(0);
  assertEquals([host.held, host.body.isAwaited], [0, false]);
  const read = host.body.read();
  host.come(0);
  assertEquals(host.body.isAwaited, true);
  host.body.end();
  assertEquals(await read, undefined);
});

Deno.test("IncomingBody.read() gives its end again and again, and refuses a second reader", async () => {
  const { body } = new FakeBodyHost();
  const first = body.read();
  await assertRejects(
    () => body.read(),
    Error,
    "Cannot read a body twice at once: one read or collect is under way",
  );
  body.end();
  assertEquals([await first, await body.read(), body.isAwaited], [undefined, undefined, false]);
  const collecting = new FakeBodyHost();
  collecting.collect(10);
  await assertRejects(() => collecting.body.read(), Error, "twice at once");
});

Deno.test("IncomingBody.read() gives what is left behind the end", async () => {
  const host = new FakeBodyHost();
  host.come(600);
  host.body.end();
  assertEquals((await host.body.read())?.length, 600);
  // Nobody sends any more: the stream's window stays as it is.
  assertEquals([host.given, host.widened, await host.body.read()], [600, [], undefined]);
});

Deno.test("IncomingBody.pushWhole() that nobody waits for stays for who reads", async () => {
  const host = new FakeBodyHost();
  host.comeWhole(5);
  assertEquals([[...await host.body.read() ?? []], await host.body.read()], [ones(5), undefined]);
});

Deno.test("IncomingBody.break() ends who waits with the reason, and gives back what nobody took", async () => {
  const host = new FakeBodyHost();
  host.come(600);
  const reason = new Error("gone");
  host.body.break(reason);
  host.body.break(new Error("twice"));
  assertEquals([host.held, host.given, host.widened], [0, 600, []]);
  assertEquals(await host.body.read().catch((error: unknown) => error), reason);
  assertEquals(host.collect(10), []);
  const waiting = new FakeBodyHost();
  const read = waiting.body.read();
  waiting.body.break();
  await assertRejects(() => read, Error, "the answer has ended");
  assertEquals([waiting.given, waiting.body.isAwaited], [0, false]);
});

Deno.test("IncomingBody.break() behind the end throws away what waits, and leaves the end", async () => {
  const host = new FakeBodyHost();
  host.come(600);
  host.body.end();
  host.body.break(new Error("gone"));
  assertEquals([host.held, host.given, await host.body.read()], [0, 600, undefined]);
});

Deno.test("IncomingBody.pad() widens the stream's window with what is padding", () => {
  const host = new FakeBodyHost();
  host.body.pad(700);
  assertEquals(host.widened, []);
  host.body.allow(700);
  host.body.pad(700);
  assertEquals([host.widened, host.given], [[700], 0]);
});
