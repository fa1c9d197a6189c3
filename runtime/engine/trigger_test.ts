// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { newMetadata } from "../core/metadata.ts";
import type { Sighting } from "./sighting.ts";
import { Trigger } from "./trigger.ts";

const sighting = (id: string): Sighting => ({
  metadata: newMetadata({ namespace: "n", type: "T", id }),
  revision: 1n,
});

Deno.test("Trigger.fire() before anybody waits counts once, with the newest event", async () => {
  const { signal } = new AbortController();
  const trigger = new Trigger();
  assertEquals([trigger.fire(), trigger.fire(sighting("a")), trigger.fire(sighting("b"))], [
    true,
    false,
    false,
  ]);
  // One without an event does not hide the event.
  assertEquals(trigger.fire(), false);
  assertEquals((await trigger.wait(signal))?.sighting?.metadata.id, "b");
  const next = trigger.wait(signal);
  assertEquals(trigger.fire(sighting("c")), true);
  assertEquals(trigger.fire(), true);
  assertEquals((await next)?.sighting?.metadata.id, "c");
  assertEquals(await trigger.wait(signal), { sighting: undefined });
});

Deno.test("Trigger.wait() ends with its signal, and with the next who waits", async () => {
  const stop = new AbortController();
  const trigger = new Trigger();
  const first = trigger.wait(stop.signal);
  const second = trigger.wait(stop.signal);
  assertEquals(await first, undefined);
  stop.abort();
  assertEquals(await second, undefined);
  trigger.fire();
  assertEquals(await trigger.wait(stop.signal), undefined);
  // What was fired is there for who comes next.
  assertEquals(await trigger.wait(new AbortController().signal), { sighting: undefined });
});

Deno.test("Trigger.wait() with another signal does not end with the one before", async () => {
  const [before, stop] = [new AbortController(), new AbortController()];
  const trigger = new Trigger();
  for (let turn = 0; turn < 3; turn++) {
    const wake = trigger.wait(before.signal);
    trigger.fire();
    await wake;
  }
  const waiting = trigger.wait(stop.signal);
  before.abort();
  trigger.fire(sighting("a"));
  assertEquals((await waiting)?.sighting?.metadata.id, "a");
  const last = trigger.wait(stop.signal);
  stop.abort();
  assertEquals(await last, undefined);
});
