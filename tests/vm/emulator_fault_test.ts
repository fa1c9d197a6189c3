// @ts-types="types/std_assert.d.ts"
import { assertEquals, AssertionError, assertRejects } from "@std/assert";
import { endedByEmulator, isEmulatorFault } from "./emulator_fault.ts";

const BEGAN = "strata: 5.398 agent starts\nstrata: 6.499 layers 185 ms\n";
const PANIC = "[    6.631356] Kernel panic - not syncing: Fatal exception in interrupt\n";

function oops(kind: string, code: string): string {
  return `[    6.625804] Oops: ${kind}: 0000 [#1] PREEMPT SMP NOPTI
[    6.626449] CPU: 1 UID: 0 PID: 1 Comm: strata Not tainted 6.12.117+deb12-cloud-amd64 #1  Debian
[    6.626773] RIP: 0010:kmem_cache_alloc_noprof+0x106/0x2f0
[    6.627140] Code: 1f 44 00 00 ${code} 41 f7 c5 00 00
[    6.627228] RSP: 0018:ff8b447e00013730 EFLAGS: 00000246
`;
}

Deno.test("an int3 that is in no memory is the emulator's, before and behind the agent's first line", () => {
  assertEquals(isEmulatorFault(BEGAN + oops("int3", "bb 8c 00 66 <90>") + PANIC), true);
  assertEquals(isEmulatorFault(oops("int3", "bb 8c 00 66 <90>") + PANIC), true);
});

Deno.test("an int3 that is in memory is not the emulator's", () => {
  assertEquals(isEmulatorFault(BEGAN + oops("int3", "bb 8c 00 cc <90>") + PANIC), false);
});

Deno.test("another death behind the agent's first line is not the emulator's", () => {
  assertEquals(isEmulatorFault(BEGAN + oops("general protection fault", "66 <90>") + PANIC), false);
  assertEquals(isEmulatorFault(BEGAN + PANIC), false);
  const killed = "Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b\n";
  assertEquals(isEmulatorFault(BEGAN + oops("int3", "66 <90>") + killed), false);
});

Deno.test("a death before the agent's first line is the emulator's; no death is nobody's", () => {
  assertEquals(isEmulatorFault(oops("general protection fault", "66 <90>") + PANIC), true);
  assertEquals(isEmulatorFault(BEGAN), false);
  assertEquals(isEmulatorFault(""), false);
});

Deno.test("endedByEmulator() tells a death by the emulator, and passes on every other failure", async () => {
  const died = () => Promise.resolve(BEGAN + oops("int3", "bb 8c 00 66 <90>") + PANIC);
  const lives = () => Promise.resolve(BEGAN);
  const gone = () => Promise.reject(new TypeError("connection reset"));
  assertEquals(await endedByEmulator(Promise.resolve(), died), false);
  assertEquals(await endedByEmulator(gone(), died), true);
  await assertRejects(() => endedByEmulator(gone(), lives), TypeError);
  const lost = Promise.reject(new AssertionError("a file is lost"));
  await assertRejects(() => endedByEmulator(lost, died), AssertionError, "a file is lost");
});
