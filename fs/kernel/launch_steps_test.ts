// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { encodeScript, LAUNCH, launchRefusal, type LaunchStep } from "./launch_steps.ts";

const STEPS: readonly LaunchStep[] = [
  { call: "mkdir", subject: "/a", arguments: ["/a", 0o755], tolerated: "EEXIST" },
  { call: "execve", subject: "/b", arguments: ["/b", ["b", "c"], new Uint8Array([1, 2, 3])] },
];

/** The 8-byte words of a script, and what is at an address of its mapping. */
function reader(file: Uint8Array<ArrayBuffer>): {
  readonly word: (at: number) => bigint;
  readonly text: (address: bigint) => string;
} {
  const view = new DataView(file.buffer);
  return {
    word: (at) => view.getBigInt64(at, true),
    text(address) {
      const at = Number(address) - LAUNCH.ADDRESS;
      return new TextDecoder().decode(file.subarray(at, file.indexOf(0, at)));
    },
  };
}

function header(address: number, result: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new BigInt64Array([BigInt(address), BigInt(result)]).buffer);
}

Deno.test("encodeScript() lays out numbers of calls, arguments and what is tolerated, step by step", () => {
  const { word, text } = reader(encodeScript(STEPS));
  assertEquals([word(0), word(8)], [0n, 0n]);
  const step = (at: number): bigint[] =>
    Array.from({ length: 8 }, (_, index) => word(16 + 64 * at + 8 * index));
  const [mkdir, path = 0n, ...rest] = step(0);
  assertEquals([mkdir, text(path), ...rest], [83n, "/a", 493n, 0n, 0n, 0n, 0n, -17n]);
  const [execve, program = 0n, list = 0n, bytes = 0n, ...none] = step(1);
  assertEquals([execve, text(program), ...none], [59n, "/b", 0n, 0n, 0n, 0n]);
  const at = Number(list) - LAUNCH.ADDRESS;
  assertEquals([text(word(at)), text(word(at + 8)), word(at + 16)], ["b", "c", 0n]);
  assertEquals(text(bytes), "\x01\x02\x03");
  for (const address of [path, program, list, bytes]) assertEquals(address % 8n, 0n);
});

Deno.test("encodeScript() refuses a NUL, and more than the launcher maps", () => {
  const step: LaunchStep = { call: "chdir", subject: "", arguments: ["a\0b"] };
  assertThrows(() => encodeScript([step]), RangeError, "NUL");
  const many = Array.from({ length: 16 * 1024 }, (): LaunchStep => ({ ...step, arguments: [] }));
  assertThrows(() => encodeScript(many), RangeError, "1048592 bytes of steps: 1048576 at most");
  assertEquals(encodeScript(many.slice(1)).length, 2 ** 20 - 48);
});

Deno.test("launchRefusal() names the step that was refused", () => {
  const second = LAUNCH.ADDRESS + LAUNCH.HEADER_BYTES + LAUNCH.STEP_BYTES;
  const error = launchRefusal(STEPS, header(second, -13));
  assertEquals(String(error), 'SyscallError: Cannot execve "/b": EACCES (13)');
  assertEquals(launchRefusal(STEPS, header(second, 0)), undefined);
  assertEquals(launchRefusal(STEPS, header(0, 0)), "unread");
  const strange = launchRefusal(STEPS, header(second + 64 * 5, -1));
  assertEquals(String(strange), 'SyscallError: Cannot launch "step 6": EPERM (1)');
});
