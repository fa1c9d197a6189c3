// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { MachineError } from "../api/machine_port.ts";
import { ReaderPlaces } from "./reader_places.ts";

Deno.test("ReaderPlaces gives a caller no more than its own bound, and all together no more than theirs", () => {
  const places = new ReaderPlaces({ what: "the log", total: 5, perClient: 2 });
  const first = places.take("192.0.2.1");
  const held = [places.take("192.0.2.1"), places.take("192.0.2.2")];
  const refused = assertThrows(() => places.take("192.0.2.1"), MachineError);
  assertEquals(
    [refused.refusal, refused.message],
    ["exhausted", "Cannot read the log: 192.0.2.1 has 2 readers already, and may have 2"],
  );
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assertEquals(places.taken, 2);
  // Who is on the machine has no bound but that of all.
  held.push(places.take("192.0.2.1"), places.take(undefined), places.take(undefined));
  const { message } = assertThrows(() => places.take("192.0.2.3"), MachineError);
  assertEquals(message, "Cannot read the log: 5 read it already, and may");
  for (const place of held) place[Symbol.dispose]();
  assertEquals(places.taken, 0);
});
