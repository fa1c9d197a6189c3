// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { ClientParts } from "../../tests/fakes/http2_cores.ts";
import { ClientQueue } from "./client_queue.ts";
import { TooManyWaiting } from "./fault.ts";
import type { RequestOptions } from "./http2_client.ts";

const NOTHING: RequestOptions = { ended: true };

Deno.test("ClientQueue gives turns in the order of coming, and takes no more than it may", async () => {
  const queue = new ClientQueue(2);
  const first = queue.wait(["a", "1"], NOTHING);
  const second = queue.wait(["b", "2"], NOTHING);
  assertThrows(
    () => queue.wait([], NOTHING),
    TooManyWaiting,
    "too many requests wait for the server: 2 may",
  );
  assertEquals(queue.length, 2);
  const stream = new ClientParts().ask();
  const turn = queue.next();
  assertEquals([turn?.headers, turn?.options, queue.length], [["a", "1"], NOTHING, 1]);
  turn?.resolve(stream);
  assertStrictEquals(await first, stream);
  const reason = new Error("not this one");
  queue.next()?.reject(reason);
  assertEquals(await second.catch((error: unknown) => error), reason);
  assertEquals([queue.next(), queue.length], [undefined, 0]);
});

Deno.test("ClientQueue lets go of who no longer waits, wherever it stands", async () => {
  const queue = new ClientQueue(3);
  const stop = new AbortController();
  const waiting = [
    queue.wait(["a", "1"], NOTHING),
    queue.wait(["b", "2"], { ...NOTHING, signal: stop.signal }),
    queue.wait(["c", "3"], NOTHING),
  ];
  stop.abort(new RangeError("too late"));
  await assertRejects(async () => await waiting[1], RangeError, "too late");
  assertEquals([queue.length, queue.next()?.headers[0], queue.next()?.headers[0]], [2, "a", "c"]);
});

Deno.test("ClientQueue.refuse() tells each who waits why, once", async () => {
  const queue = new ClientQueue(3);
  const waiting = [queue.wait([], NOTHING), queue.wait([], NOTHING)];
  const reason = new Error("no connection");
  queue.refuse(reason);
  queue.refuse(new Error("another"));
  const reasons = await Promise.all(waiting.map((one) => one.catch((error: unknown) => error)));
  assertEquals([reasons, queue.length], [[reason, reason], 0]);
});

/** A signal that counts who listens. */
function countedSignal(): { readonly signal: AbortSignal; listeners(): number } {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...words: Parameters<typeof add>) => {
    listeners++;
    add(...words);
  };
  signal.removeEventListener = (...words: Parameters<typeof remove>) => {
    if (words[0] === "abort") listeners--;
    remove(...words);
  };
  return { signal, listeners: () => listeners };
}

Deno.test("ClientQueue listens to a signal for as long as its request waits", async () => {
  for (const end of ["resolve", "reject"] as const) {
    const queue = new ClientQueue(1);
    const { signal, listeners } = countedSignal();
    const waiting = queue.wait([], { ...NOTHING, signal }).catch(() => {});
    assertEquals(listeners(), 1);
    const turn = queue.next();
    if (end === "resolve") turn?.resolve(new ClientParts().ask());
    else turn?.reject(new Error("no"));
    await waiting;
    assertEquals(listeners(), 0, end);
  }
});
