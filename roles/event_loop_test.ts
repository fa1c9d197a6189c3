// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertExists } from "@std/assert";
import { MACHINE_ARGUMENTS } from "../build/qemu.ts";
import { EVENT_INTERVAL, systemBusyPoll } from "./event_loop.ts";

Deno.test("requests are looked for where each turn looks at the sockets, and somebody else has a processor", () => {
  assertExists(systemBusyPoll("1", 2));
  assertEquals(systemBusyPoll("1", 1), undefined);
  for (const interval of ["61", "0", "", undefined]) {
    assertEquals(systemBusyPoll(interval, 8), undefined);
  }
});

Deno.test("the machine's command line has each turn look at the sockets", () => {
  assert(MACHINE_ARGUMENTS.includes(`${EVENT_INTERVAL}=1`));
});

Deno.test("the event loop turns while somebody polls, and then stops by itself", async () => {
  const poll = systemBusyPoll("1", 2);
  assertExists(poll);
  const untilMs = poll.nowMs() + 5;
  poll.begin(untilMs);
  while (poll.nowMs() < untilMs) await new Promise((resolve) => setTimeout(resolve));
  await new Promise((resolve) => setTimeout(resolve));
});
