/** A body that is collected: whole, up to its bound, whatever way it comes. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeBodyHost } from "../../tests/fakes/body_host.ts";

const ones = (length: number): number[] => new Array<number>(length).fill(1);

Deno.test("IncomingBody.collect() takes bytes as they come, and gives their windows back at once", () => {
  const host = new FakeBodyHost();
  const told = host.collect(700);
  host.come(300);
  assertEquals([host.given, host.widened, host.held], [300, [], 4096]);
  host.come(300);
  assertEquals([host.given, host.widened, told], [600, [600], []]);
  host.body.end();
  assertEquals([told, host.held, host.body.isAwaited], [[ones(600)], 0, false]);
  host.body.end();
  assertEquals(told.length, 1);
});

Deno.test("IncomingBody.collect() puts a body together that does not fit one piece", () => {
  const host = new FakeBodyHost();
  const told = host.collect(20_000);
  // The piece grows to what is needed where twice its room would not do.
  for (const length of [4000, 10_000]) host.body.push(new Uint8Array(length).fill(1), 0, length);
  assertEquals(host.held, 14_000);
  host.body.end();
  assertEquals([told.map((body) => body?.length), told[0]?.every((byte) => byte === 1)], [
    [14_000],
    true,
  ]);
  assertEquals([host.held, host.given], [0, 14_000]);
});

Deno.test("IncomingBody.collect() doubles its piece while bytes come little by little", () => {
  const host = new FakeBodyHost();
  host.collect(20_000);
  host.body.push(new Uint8Array(4096), 0, 4096);
  host.body.push(new Uint8Array(1), 0, 1);
  assertEquals(host.held, 8192);
});

Deno.test("IncomingBody.collect() takes over what is here, in one piece or in several", () => {
  for (const lengths of [[600], [4000, 200, 5000]]) {
    const host = new FakeBodyHost();
    for (const length of lengths) host.body.push(new Uint8Array(length).fill(1), 0, length);
    assertEquals(host.given, 0);
    const told = host.collect(20_000);
    const sum = lengths.reduce((all, length) => all + length, 0);
    assertEquals([host.given, host.held], [sum, lengths.length === 1 ? 4096 : sum]);
    host.body.push(new Uint8Array(10).fill(1), 0, 10);
    assertEquals(host.given, sum + 10);
    host.body.end();
    assertEquals([told, host.held], [[ones(sum + 10)], 0]);
  }
});

Deno.test("IncomingBody.collect() of a complete body tells it at once", () => {
  const host = new FakeBodyHost();
  host.come(600);
  host.body.end();
  assertEquals([host.collect(600), host.held, host.given], [[ones(600)], 0, 600]);
  const empty = new FakeBodyHost();
  empty.body.end();
  assertEquals([empty.collect(0), empty.given], [[[]], 0]);
});

/** How a body of 600 bytes comes: in pieces, whole, or before somebody asks. */
const WAYS: Readonly<
  Record<string, (host: FakeBodyHost, bytesMax: number) => (number[] | undefined)[]>
> = {
  "in pieces": (host, bytesMax) => {
    const told = host.collect(bytesMax);
    host.come(500);
    host.come(100);
    host.body.end();
    return told;
  },
  "whole": (host, bytesMax) => {
    const told = host.collect(bytesMax);
    host.comeWhole(600);
    return told;
  },
  "before it is asked for": (host, bytesMax) => {
    host.come(500);
    host.come(100);
    host.body.end();
    return host.collect(bytesMax);
  },
  "half before it is asked for": (host, bytesMax) => {
    host.come(500);
    const told = host.collect(bytesMax);
    host.comeWhole(100);
    return told;
  },
};

for (const [name, way] of Object.entries(WAYS)) {
  Deno.test(`IncomingBody.collect() gives a body that comes ${name} up to its bound, and undefined beyond`, () => {
    const host = new FakeBodyHost();
    assertEquals([way(host, 600), host.held, host.given], [[ones(600)], 0, 600]);
    const over = new FakeBodyHost();
    assertEquals([way(over, 599), over.held, over.given], [[undefined], 0, 600]);
  });
}

Deno.test("IncomingBody gives the windows of what it throws away back to the connection only", () => {
  const host = new FakeBodyHost();
  const told = host.collect(10);
  host.come(11);
  host.come(700);
  assertEquals([told, host.held, host.given, host.widened], [[undefined], 0, 711, []]);
  assertEquals(host.collect(1000), []);
  host.body.end();
  assertEquals([told.length, host.body.isAwaited], [1, false]);
});

Deno.test("IncomingBody.pushWhole() behind nothing copies the body, and holds nothing", async () => {
  const host = new FakeBodyHost();
  const bodies: Uint8Array[] = [];
  host.body.collect(10, (body) => body !== undefined && bodies.push(body));
  const bytes = new Uint8Array(8).fill(1);
  host.onHold = () => {
    throw new Error("held");
  };
  host.body.pushWhole(bytes, 2, 6);
  bytes.fill(7);
  assertEquals([[...bodies[0] ?? []], host.given], [ones(4), 4]);
  assertEquals(await host.body.read(), undefined);
});

Deno.test("IncomingBody.break() of what is collected tells nobody, and gives nothing back twice", () => {
  const host = new FakeBodyHost();
  const told = host.collect(1000);
  host.come(600);
  host.body.break(new Error("gone"));
  host.body.end();
  assertEquals([told, host.held, host.given, host.body.isAwaited], [[], 0, 600, false]);
});

Deno.test("IncomingBody.collect() survives that holding its bytes ends the stream", () => {
  const host = new FakeBodyHost();
  host.body.push(new Uint8Array(4000), 0, 4000);
  host.body.push(new Uint8Array(200), 0, 200);
  host.body.end();
  host.onHold = (bytes) => bytes > 0 && host.body.break(new Error("too much"));
  assertEquals([host.collect(10_000), host.held], [[], 0]);
});
