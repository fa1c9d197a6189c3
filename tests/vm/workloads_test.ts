/** Debian's etcd and containerd on a machine: they work, and what they keep on /var is there after an end and a power cut. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { machineStatusOf, readFile, strata } from "./asking.ts";
import { bootMachine, makeDisk, type TestMachine } from "./machine.ts";
import { runEtcdRow } from "./power/etcd_cuts.ts";
import { probe } from "./probe_client.ts";
import { buildNewerImage } from "./workload/newer_image.ts";
import { declare, untilHealthy, WORKLOAD_IMAGE, WORKLOADS } from "./workload/workload_services.ts";
import { xfsIsClean } from "./xfs.ts";

const IMAGE_ARCHIVE = "/usr/lib/workload/container.tar";
const CONTAINER_IMAGE = "strata.test/container:1";

/** What the image calls itself that the machine is upgraded to. */
const NEWER = "9.9.9";

/** Power cuts in the gate; `deno task campaign:etcd` has more. */
const CUTS = 2;

/** Runs a program inside. @returns What it printed. */
async function run(
  machine: TestMachine,
  path: string,
  ...args: readonly string[]
): Promise<string> {
  const { error, value } = await probe(machine, { act: "run", path, args });
  const { code, stdout, stderr } = (value ?? {}) as Readonly<Record<string, unknown>>;
  assertEquals([error, code, stderr], ["", 0, ""], `${path} ${args.join(" ")}`);
  return String(stdout);
}

async function startWorkloads(machine: TestMachine): Promise<void> {
  await declare(machine, WORKLOADS);
  for (const id of ["etcd", "containerd"]) await untilHealthy(machine, id);
}

const etcdctl = (machine: TestMachine, ...args: readonly string[]): Promise<string> =>
  run(machine, "/usr/bin/etcdctl", ...args);

const ctr = (machine: TestMachine, ...args: readonly string[]): Promise<string> =>
  run(machine, "/usr/bin/ctr", ...args);

/** Restarts it in order, with QEMU's end as the sign. */
async function reboot(machine: TestMachine): Promise<void> {
  const headers = { "content-type": "application/json" };
  const path = "/machine.MachineService/Reboot";
  const answer = await machine.http(path, { method: "POST", headers, body: "{}" });
  assertEquals(answer.status, 200, await answer.text());
  await machine.waitExit();
}

Deno.test("etcd and containerd work as services, and their state lives through a reboot into a newer image", async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "strata-workloads-" });
  const disk = await makeDisk(`${dir}/data.img`);
  const place = { dir, disks: [disk], onReboot: "exit" } as const;
  await using machine = await bootMachine({ ...place, image: WORKLOAD_IMAGE });

  await t.step("both start and say that they are well", async () => {
    await startWorkloads(machine);
    const { stdout } = await strata(machine, "services");
    assertMatch(stdout, /^etcd +Running +OK /m);
    assertMatch(stdout, /^containerd +Running +OK /m);
  });

  await t.step(
    "etcdctl puts and gets, and etcd has a cgroup and no rights beyond its user's",
    async () => {
      assertEquals(await etcdctl(machine, "put", "city", "Ulm"), "OK\n");
      assertEquals(await etcdctl(machine, "get", "city"), "city\nUlm\n");
      const { pid } = await untilHealthy(machine, "etcd");
      const { stdout } = await strata(machine, "read", `/proc/${pid}/status`);
      assertMatch(stdout, /^Uid:\t60\t60\t60\t60$/m);
      assertMatch(stdout, /^CapEff:\t0{16}$/m);
      assertMatch(stdout, /^CapBnd:\t0{16}$/m);
      assertMatch(stdout, /^NoNewPrivs:\t1$/m);
      assertEquals(await readFile(machine, `/proc/${pid}/cgroup`), "0::/system/etcd\n");
    },
  );

  await t.step("ctr imports an image, and its container runs and ends with 0", async () => {
    assertStringIncludes(await ctr(machine, "images", "import", IMAGE_ARCHIVE), "done");
    const said = await ctr(machine, "run", CONTAINER_IMAGE, "first", "/container", "say", "Ulm");
    // A process namespace and a network of its own, with nothing in it but loopback.
    assertEquals(said, "pid 1, interfaces 1, word Ulm, before \n");
  });

  await t.step("a container that runs does not hold up the end", async () => {
    await ctr(machine, "run", "--detach", CONTAINER_IMAGE, "second", "/container", "wait");
    assertMatch(await ctr(machine, "tasks", "list"), /^second +\d+ +RUNNING *$/m);
    await reboot(machine);
    const console = await machine.console();
    assertEquals(console.split("\n").filter((line) => line.includes("[error]")), []);
    assertEquals(await xfsIsClean(disk), true);
  });

  await buildNewerImage(`${dir}/image`, NEWER);
  await using newer = await bootMachine({ ...place, image: `${dir}/image` });

  await t.step("keys, images and what a container wrote are there in the newer image", async () => {
    assertStringIncludes(await readFile(newer, "/etc/os-release"), `VERSION=${NEWER}\n`);
    assertEquals((await machineStatusOf(newer))["previousEnd"], "PREVIOUS_END_REBOOT");
    await startWorkloads(newer);
    assertEquals(await etcdctl(newer, "get", "city"), "city\nUlm\n");
    assertStringIncludes(await ctr(newer, "images", "list", "--quiet"), CONTAINER_IMAGE);
    assertMatch(await ctr(newer, "containers", "list", "--quiet"), /^first\nsecond$/m);
    assertEquals(
      await ctr(newer, "tasks", "start", "first"),
      "pid 1, interfaces 1, word Ulm, before Ulm\n",
    );
    // Containerd's own directory for programs is in /opt, which keeps what is written to it.
    const { value } = await probe(newer, {
      act: "names",
      path: "/var/system/overlays/opt/upper/containerd",
    });
    assertEquals(value, ["bin", "lib"]);
  });

  await t.step("the disk is clean after the end", async () => {
    await newer.stop();
    assertEquals(await xfsIsClean(disk), true);
  });
  await Deno.remove(dir, { recursive: true });
});

Deno.test(`etcd has all that it acknowledged after each of ${CUTS} power cuts`, async () => {
  const folder = await Deno.makeTempDir({ prefix: "strata-etcd-" });
  const seed = Number(Deno.args[0] ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const said = [`deno task campaign:etcd ${CUTS} ${seed}`];
  const say = (line: string): void => {
    said.push(line);
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  };
  const { acknowledged } = await runEtcdRow({ folder, seed, cuts: CUTS, say });
  assert(acknowledged > 0, said.join("\n"));
  await Deno.remove(folder, { recursive: true });
});
