/** What busy polling builds on: a busy event loop that looks at its sockets in each turn when it is told to. */
// @ts-types="types/std_assert.d.ts"
import { assert } from "@std/assert";
import { EVENT_INTERVAL, systemBusyPoll } from "../../roles/event_loop.ts";

/** Turns of a process's busy loop until it has read what was there before them. */
async function turnsUntilRead(interval: string): Promise<number> {
  const program = new URL("event_loop_main.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--lock=deno.lock", "--frozen", "--allow-all", "--no-check", "--quiet", program],
    env: { [EVENT_INTERVAL]: interval },
    stdin: "null",
  }).output();
  assert(code === 0, new TextDecoder().decode(stderr));
  return Number(new TextDecoder().decode(stdout));
}

Deno.test("sockets are looked at in each turn where systemBusyPoll() polls, and long after where it does not", async () => {
  const [polled, not] = await Promise.all([turnsUntilRead("1"), turnsUntilRead("61")]);
  assert(polled <= 5, `${polled} turns`);
  assert(not > 30, `${not} turns`);
  assert(systemBusyPoll("1", 2) !== undefined);
  assert(systemBusyPoll("61", 2) === undefined);
});
