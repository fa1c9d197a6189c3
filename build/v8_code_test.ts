// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { BuildError } from "./build_error.ts";
import { withFlagsOf } from "./v8_code.ts";

/** Code whose head says that, and whose bytes are these. */
function code(head: readonly number[], bytes: readonly number[]): Uint8Array {
  const whole = new Uint8Array(4 * head.length + bytes.length);
  const view = new DataView(whole.buffer);
  for (const [index, number] of head.entries()) view.setUint32(4 * index, number, true);
  whole.set(bytes, 4 * head.length);
  return whole;
}

const LAZY = [0xc0de_06ae, 1, 2, 0xadb0_8a13, 4, 3, 99];
const EAGER = [0xc0de_06ae, 1, 2, 0x0b7c_cbfb, 4, 5, 98];

Deno.test("withFlagsOf() takes all from the eager one but the hash of the flags", () => {
  const eager = code(EAGER, [1, 2, 3, 4, 5]);
  const before = eager.slice();
  const made = withFlagsOf(code(LAZY, [9, 9, 9]), eager);
  assertEquals(made, code([0xc0de_06ae, 1, 2, 0xadb0_8a13, 4, 5, 98], [1, 2, 3, 4, 5]));
  assertEquals(eager, before);
});

Deno.test("withFlagsOf() refuses code of another V8, module or heap", () => {
  for (const index of [0, 1, 2, 4]) {
    const other = EAGER.with(index, (EAGER[index] ?? 0) ^ 1);
    assertThrows(
      () => withFlagsOf(code(LAZY, []), code(other, [])),
      BuildError,
      `number ${index} of its head is another one`,
    );
  }
});

Deno.test("withFlagsOf() refuses what does not begin as V8's code does", () => {
  const good = code(LAZY, []);
  const cut = good.slice(0, 19);
  const strange = code([0xc0df_06ae, ...LAZY.slice(1)], []);
  for (const bad of [cut, strange, new Uint8Array()]) {
    assertThrows(() => withFlagsOf(good, bad), BuildError, "its head is not the one");
    assertThrows(() => withFlagsOf(bad, good), BuildError, "its head is not the one");
  }
});
