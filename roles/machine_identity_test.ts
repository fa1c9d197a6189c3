// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import { machineIdentity } from "../runtime/resources/identity.ts";
import { memoryState } from "../runtime/state/memory.ts";
import { FakeClock } from "../tests/fakes/clock.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { FakeRandom } from "../tests/fakes/random.ts";
import { readMachineIdentity, tellMachineIdentity } from "./machine_identity.ts";

const FILE = "/var/system/machine-id";

function kernelWithVar(): FakeKernel {
  const kernel = new FakeKernel();
  kernel.mkdir("/var/system", 0o700);
  return kernel;
}

Deno.test("readMachineIdentity() makes an identity once and finds it again, for the agent alone", () => {
  const kernel = kernelWithVar();
  const random = new FakeRandom();
  const made = readMachineIdentity(kernel, { persistent: true, random });
  assertMatch(made.machineId, /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  assertEquals(readMachineIdentity(kernel, { persistent: true, random }), made);
  assertEquals(kernel.lstat(FILE)?.mode, 0o600);
});

Deno.test("readMachineIdentity() replaces what is no identity", () => {
  const kernel = kernelWithVar();
  const random = new FakeRandom();
  for (const text of ["", "torn", "0".repeat(31), "F".repeat(32)]) {
    kernel.writeFile(FILE, text, { mode: 0o600 });
    const { machineId } = readMachineIdentity(kernel, { persistent: true, random });
    assertEquals(kernel.readText(FILE), `${machineId}\n`);
    assertNotEquals(machineId, text);
  }
});

Deno.test("readMachineIdentity() without /var is another at each boot, and writes nothing", () => {
  const kernel = new FakeKernel();
  const random = new FakeRandom();
  const [one, other] = [1, 2].map(() => readMachineIdentity(kernel, { persistent: false, random }));
  assertEquals([one?.persistent, kernel.names("/var")], [false, []]);
  assertNotEquals(one?.machineId, other?.machineId);
});

Deno.test("tellMachineIdentity() tells of one for this boot where it cannot be kept, and why", async () => {
  const kernel = kernelWithVar();
  const random = new FakeRandom();
  const state = memoryState({ clock: new FakeClock(), random });
  kernel.refuse(FILE, "EIO");
  const told = tellMachineIdentity(kernel, { state, random }, "kept");
  await assertRejects(() => told, SyscallError, "EIO");
  const [found] = await state.list(machineIdentity);
  const spec = found !== undefined && machineIdentity.is(found) ? found.spec : undefined;
  assertMatch(spec?.machineId ?? "", /^[0-9a-f]{32}$/);
  assertEquals(spec?.persistent, false);
});
