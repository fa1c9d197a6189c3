// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { CAPABILITY_NAMES } from "../../runtime/controllers/services/capability_numbers.ts";
import { SIGNAL_NUMBERS } from "../../runtime/controllers/services/signal_numbers.ts";

/** Numbers by name, as a header of the kernel defines them. */
async function defined(header: string, name: RegExp): Promise<ReadonlyMap<string, number>> {
  const text = await Deno.readTextFile(`/usr/include/${header}`);
  const found = [...text.matchAll(/^#define\s+(\w+)\s+(\d+)\s*$/gm)];
  return new Map(
    found.map(([, each = "", number]): [string, number] => [each, Number(number)])
      .filter(([each]) => name.test(each)),
  );
}

Deno.test("CAPABILITY_NAMES are in the order of linux/capability.h", async () => {
  const header = await defined("linux/capability.h", /^CAP_/);
  const inOrder = [...header].sort(([, a], [, b]) => a - b).map(([name]) => name);
  // A host's header may be older, or newer by what this kernel does not know.
  const both = Math.min(inOrder.length, CAPABILITY_NAMES.length);
  assertEquals(both >= 38, true);
  assertEquals(CAPABILITY_NAMES.slice(0, both), inOrder.slice(0, both));
});

Deno.test("SIGNAL_NUMBERS are those of asm-generic/signal.h", async () => {
  const header = await defined("asm-generic/signal.h", /^SIG[A-Z0-9]+$/);
  for (const [name, number] of Object.entries(SIGNAL_NUMBERS)) {
    assertEquals(header.get(name), number, name);
  }
});
