/** The network face of a machine, killed, stopped, starved and taken over: the machine does not notice. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { createResource, machineStatusOf, resource, strata, until } from "./asking.ts";
import { bootMachine, makeDisk, type TestMachine } from "./machine.ts";
import type { ProbeRequest } from "./probe.ts";
import { probe } from "./probe_client.ts";

const SPECS = "runtime/ServiceSpecs.runtime.strata";
const STATUS = "runtime/ServiceStatuses.runtime.strata/apid";

/**
 * Bytes below what the first process takes that its bound is set to: a hundredth. It is heap that nobody can take back, and
 * the kernel slows by the square of what is over: by milliseconds here, by seconds for each page at a fifth.
 */
const BELOW = 256 * 1024;

/** The port 50080 in /proc/net/tcp, where somebody listens there. */
const LISTENS = /^ *\d+: 0{8}:C3A0 \S+ 0A(?: \S+){3} +(\d+) /m;

/** What of a status is looked at. */
interface Face {
  readonly state: string;
  readonly health: string;
  readonly pid: number;
  readonly restarts: string;
  readonly lastExit?: { readonly signal: string; readonly outOfMemory: boolean };
}

/** Waits until the face answers after it was started `restarts` times again. */
async function faceAfter(machine: TestMachine, restarts: number): Promise<Face> {
  return await until(`start ${restarts + 1} of the network face`, async () => {
    try {
      const { spec } = await resource(machine, STATUS);
      const face = spec as unknown as Face;
      return Number(face.restarts) === restarts && face.health === "HEALTH_HEALTHY"
        ? face
        : undefined;
    } catch (error) {
      if (error instanceof TypeError) return undefined; // Nobody listens just now.
      throw error;
    }
  });
}

async function ask(machine: TestMachine, request: ProbeRequest): Promise<void> {
  // The answer may be lost with the face that is to pass it on.
  await probe(machine, request).catch((error: unknown) => {
    if (!(error instanceof TypeError)) throw error;
  });
}

Deno.test("the network face comes back from whatever ends it, and gives nobody who has taken it over the machine", async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "strata-apid-" });
  const disks = [await makeDisk(`${dir}/data.img`)];
  await using machine = await bootMachine({ image: "dist/probe-image", dir, disks });
  const { bootId } = await machineStatusOf(machine);
  let face = await faceAfter(machine, 0);

  await t.step("its user listens, and not the first process", async () => {
    const { stdout } = await strata(machine, "read", "/proc/net/tcp");
    assertEquals(LISTENS.exec(stdout)?.[1], "50", stdout);
  });

  await t.step("killed, it is started again", async () => {
    await ask(machine, { act: "kill", pid: face.pid, signal: "SIGKILL" });
    const next = await faceAfter(machine, 1);
    assert(next.pid !== face.pid);
    assertEquals(next.lastExit?.signal, "SIGKILL");
    face = next;
  });

  await t.step("stopped, it is found out, killed and started again", async () => {
    await ask(machine, { act: "kill", pid: face.pid, signal: "SIGSTOP" });
    face = await faceAfter(machine, 2);
  });

  await t.step(
    "out of memory, it is killed and started again with the memory it is to have",
    async () => {
      const path = "/sys/fs/cgroup/system/apid/memory.max";
      const { stdout: before } = await strata(machine, "read", path);
      await ask(machine, { act: "write", path, text: "4194304" });
      face = await faceAfter(machine, 3);
      assertEquals(face.lastExit?.outOfMemory, true);
      assertEquals((await strata(machine, "read", path)).stdout, before);
    },
  );

  await t.step("whoever has taken it over can do nothing with it but call", async () => {
    const { spec } = await resource(machine, `${SPECS}/apid`);
    const { health: _, ...same } = spec;
    const command = ["/usr/lib/probe/intruder"];
    const intruder = { ...same, command, restart: "RESTART_NEVER" };
    await createResource(machine, SPECS, { id: "intruder", spec: intruder });
    const tried = await until("what the intruder tried", async () => {
      const { stdout } = await strata(machine, "logs", "intruder");
      return stdout.includes("watch page faults") ? stdout : undefined;
    });
    const lines = tried.trim().split("\n");
    assert(lines.length > 30, tried);
    assertEquals(lines.filter((line) => line.endsWith(" done")), []);
  });

  await t.step("the machine itself goes on at the bound of its memory", async () => {
    const group = "/sys/fs/cgroup/init";
    const read = async (file: string) => (await strata(machine, "read", `${group}/${file}`)).stdout;
    // What it takes may fall by itself just then: memory that was freed is given back.
    await until("the bound reached", async () => {
      const text = `${Number(await read("memory.current")) - BELOW}`;
      const put = await probe(machine, { act: "write", path: `${group}/memory.high`, text });
      assertEquals(put.error, "");
      for (let asked = 0; asked < 20; asked++) {
        assertEquals((await machineStatusOf(machine))["ready"], true);
      }
      const [, high] = /^high (\d+)$/m.exec(await read("memory.events")) ?? [];
      return Number(high) > 0 ? high : undefined;
    });
  });

  await t.step("the machine is the same as before", async () => {
    const status = await machineStatusOf(machine);
    assertEquals([status["bootId"], status["ready"]], [bootId, true]);
  });
  await machine.stop();
  await Deno.remove(dir, { recursive: true });
});
