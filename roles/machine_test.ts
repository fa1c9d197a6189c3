// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  beginFakeLife,
  COMMAND_LINE,
  type FakeLife,
  furnish,
  isUp,
  untilLife,
} from "../tests/fakes/machine.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";

const MACHINE = "runtime/MachineStatuses.runtime.strata/machine";

/** What must be there when the machine says it is ready. */
const LAYERS = [
  ...["/dev/shm", "/run", "/tmp", "/system", "/sys/fs/cgroup", "/var"],
  ...["/etc/kubernetes", "/etc/cni", "/opt"],
];

/** What the kernel itself shows, which goes with the machine. */
const KERNEL_MOUNTS = ["/proc", "/sys", "/dev", "/usr/bin/strata"];

async function up(kernel: FakeKernel): Promise<FakeLife> {
  const life = beginFakeLife(kernel);
  await untilLife(life, () => isUp(life));
  return life;
}

async function ended(life: FakeLife): Promise<string> {
  life.outside.raise("SIGTERM");
  return await life.ending;
}

Deno.test("liveMachine() boots to ready with every layer, address and listener", async () => {
  const life = await up(furnish(new FakeKernel()));
  const { kernel, outside, timeline } = life;
  const mounted = kernel.mountTargets();
  assertEquals(LAYERS.filter((target) => !mounted.has(target)), []);
  assertEquals([kernel.hostname, kernel.defaultRoute], [
    "box",
    { gateway: "10.0.2.2", name: "eth0" },
  ]);
  assertEquals(kernel.links.get("eth0"), { up: true, addresses: ["10.0.2.15/24"] });
  assertEquals(kernel.openFilesLimit, 1_048_576n);
  assertEquals(kernel.ctrlAltDelCaught, true);
  assertEquals(outside.signals, ["SIGTERM", "SIGINT", "SIGPWR"]);
  const listening = outside.listening.map(({ path, mode }) => ({ path, mode }));
  assertEquals(listening, [{ path: "/system/run/strata/http.sock", mode: 0o600 }]);
  const owner = { uid: 50, gid: 50 };
  assertEquals(outside.http2.map(({ address }) => address), [
    { path: "/system/run/apid/machine.sock", mode: 0o600, owner, by: "apid" },
    { path: "/system/run/apid/state.sock", mode: 0o600, owner },
    { path: "/system/run/strata/strata.sock", mode: 0o600 },
  ]);
  assertEquals(kernel.started.map(({ request }) => request.command.slice(0, 2)), [
    ["/usr/bin/strata", "apid"],
  ]);
  const outcomes = [...timeline.steps.read()].filter(([, { outcome }]) => outcome !== "done");
  assertEquals(outcomes, []);
  const ready = await outside.ask("/readyz");
  assertEquals([ready.status, await ready.text()], [200, "ok\n"]);
  await ended(life);
});

Deno.test("liveMachine() says in MachineStatus and BootSteps what it did", async () => {
  const life = await up(furnish(new FakeKernel()));
  const { outside } = life;
  await untilLife(life, () => life.kernel.mountTargets().has("/etc/resolv.conf"));
  assertEquals(life.kernel.readText("/etc/resolv.conf"), "nameserver 10.0.2.3\n");
  const spec = await settled(life, MACHINE, (spec) => spec["ready"] === true);
  assertEquals(
    [spec["stage"], spec["hostname"], spec["bootId"], spec["watchdog"], spec["unmetConditions"]],
    ["STAGE_RUNNING", "box", "boot-1", "/dev/watchdog (fake)", []],
  );
  const step = await settled(
    life,
    "runtime/BootSteps.runtime.strata/switch-root",
    (spec) => spec["outcome"] === "OUTCOME_DONE",
  );
  assertEquals(typeof step["order"], "number");
  const version = await (await outside.ask("/version")).json();
  assertEquals([version.sha, version.mode], ["abc", "metal"]);
  await ended(life);
});

/** Asks until a resource is as wanted. */
async function settled(
  { outside }: FakeLife,
  path: string,
  wanted: (spec: Readonly<Record<string, unknown>>) => boolean,
): Promise<Readonly<Record<string, unknown>>> {
  for (;;) {
    const response = await outside.ask(`/api/v1/resources/${path}`);
    const { spec } = await response.json();
    if (spec !== undefined && wanted(spec)) return spec;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

for (
  const [what, ask, ending, stage] of [
    ["SIGTERM", (life: FakeLife) => life.outside.raise("SIGTERM"), "power-off", "power-off"],
    ["SIGINT", (life: FakeLife) => life.outside.raise("SIGINT"), "restart", "restart"],
    ["SIGPWR", (life: FakeLife) => life.outside.raise("SIGPWR"), "power-off", "power-off"],
    ["a Reboot call", (life: FakeLife) => call(life, "Reboot"), "restart", "restart"],
    ["a Shutdown call", (life: FakeLife) => call(life, "Shutdown"), "power-off", "power-off"],
  ] as const
) {
  Deno.test(`liveMachine() ends in order by ${what}`, async () => {
    const life = await up(furnish(new FakeKernel()));
    const { kernel, outside, timeline } = life;
    await ask(life);
    assertEquals(await life.ending, ending);
    assertEquals([...kernel.mountTargets()].sort(), [...KERNEL_MOUNTS].sort());
    assertEquals(timeline.failures, []);
    assertEquals(kernel.syncs, 1);
    assertEquals(outside.signals, []);
    // What the next boot will read.
    kernel.mount({ source: "/dev/vda1", target: "/var", fstype: "xfs", flags: 0n, data: "" });
    assertEquals(JSON.parse(kernel.readText("/var/system/life.json")), {
      bootId: "boot-1",
      end: stage,
    });
  });
}

Deno.test("liveMachine() has its controllers take the layers away, and unmounts /var when they did", async () => {
  const life = await up(furnish(new FakeKernel()));
  const { kernel, timeline } = life;
  const files = ["hostname", "hosts", "machine-id", "resolv.conf"].map((name) => `/etc/${name}`);
  await untilLife(life, () => files.every((path) => kernel.mountTargets().has(path)));
  kernel.unmounted.length = 0;
  await ended(life);
  const steps = timeline.steps.read();
  assertEquals(steps.get("release layers")?.detail, "4 files of /etc, 9 mounts");
  const [first, last] = [kernel.unmounted.slice(0, 4), kernel.unmounted.slice(-1)];
  assertEquals([first.toSorted(), last], [files, ["/var"]]);
  const order = ["/dev/pts", "/opt", "/system"].map((path) => kernel.unmounted.indexOf(path));
  assertEquals(order.every((at) => at >= 4), true);
  assertEquals(kernel.unmounted.length, 14);
  assertEquals(life.log.lines.filter(({ message }) => message === "controller failed"), []);
});

async function call({ outside }: FakeLife, method: string): Promise<void> {
  const response = await outside.ask(`/machine.MachineService/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  assertEquals(response.status, 200, await response.text());
}

Deno.test("liveMachine() says how the life before it ended", async () => {
  for (
    const [end, causedLastReset, said] of [
      ["restart", true, "PREVIOUS_END_REBOOT"],
      ["none", false, "PREVIOUS_END_UNORDERED"],
      ["none", true, "PREVIOUS_END_WATCHDOG"],
    ] as const
  ) {
    const kernel = furnish(new FakeKernel());
    kernel.addWatchdog("/dev/watchdog", { causedLastReset });
    kernel.mount({ source: "/dev/vda1", target: "/var", fstype: "xfs", flags: 0n, data: "" });
    kernel.mkdir("/var/system", 0o700);
    kernel.writeFile("/var/system/life.json", JSON.stringify({ end }), { mode: 0o600 });
    kernel.unmount("/var");
    const life = await up(kernel);
    const spec = await settled(life, MACHINE, (spec) => spec["stage"] === "STAGE_RUNNING");
    assertEquals(spec["previousEnd"], said);
    await ended(life);
  }
});

const TLS_FILES = "/sys/firmware/qemu_fw_cfg/by_name/opt/strata/tls";

/** Puts certificates there, which nobody looks into here. */
function giveCertificates(kernel: FakeKernel): void {
  for (const name of ["cert", "key", "ca"]) {
    kernel.addFile(`${TLS_FILES}/${name}/raw`, `the ${name}`);
  }
}

const CERTIFICATES = "runtime/ApiCertificates.runtime.strata/api";

Deno.test("liveMachine() tells the network face of its certificates, where it has some", async () => {
  const kernel = furnish(new FakeKernel());
  giveCertificates(kernel);
  const life = await up(kernel);
  assertEquals(await life.outside.spec(CERTIFICATES), {
    certificate: "the cert",
    key: "the key",
    clientAuthorities: "the ca",
  });
  const listener = await life.outside.spec("runtime/ApiListeners.runtime.strata/api");
  assertEquals(listener["tlsAddress"], "0.0.0.0:50000");
  assertEquals(listener["token"], "hush");
  assertEquals(await ended(life), "power-off");
});

Deno.test("liveMachine() without certificates tells of none, and is ready", async () => {
  const life = await up(furnish(new FakeKernel()));
  const { status } = await life.outside.ask(`/api/v1/resources/${CERTIFICATES}`);
  assertEquals([status, life.timeline.failures], [404, []]);
  assertEquals(await ended(life), "power-off");
});

Deno.test("liveMachine() is up without a network face that answers, and says so", async () => {
  const life = beginFakeLife(furnish(new FakeKernel()), { faceMs: 1 });
  const ask = () => Promise.reject(new Error("nobody listens"));
  Object.assign(life.outside, { probe: { ask } });
  await untilLife(life, () => isUp(life));
  const step = life.timeline.steps.read().get("network face");
  assertEquals([step?.outcome, step?.detail], ["done", "does not answer yet"]);
  assertEquals(await ended(life), "power-off");
});

Deno.test("liveMachine() stays reachable with certificates that cannot be used, and names them", async () => {
  const kernel = furnish(new FakeKernel());
  kernel.addFile(`${TLS_FILES}/cert/raw`, "the cert");
  const life = await up(kernel);
  await untilLife(life, () => life.timeline.failures.length > 0);
  assertMatch(
    life.timeline.failures[0] ?? "",
    /^certificates: Cannot serve TLS without .*key\/raw/,
  );
  const ready = await life.outside.ask("/readyz");
  assertEquals(ready.status, 503);
  await ready.body?.cancel();
  await ended(life);
});

Deno.test("liveMachine() reaps orphans it is told of", async () => {
  const life = await up(furnish(new FakeKernel()));
  life.kernel.endChild(77);
  assertEquals([...life.kernel.zombies], []);
  await ended(life);
});

for (
  const [what, prepare, unmet] of [
    ["a slip on the command line", (kernel: FakeKernel) => {
      kernel.addFile("/proc/cmdline", `${COMMAND_LINE} strata.htp=1`);
    }, /^settings: Cannot use kernel argument "strata\.htp"/],
    ["no watchdog", (kernel: FakeKernel) => {
      kernel.refuse("/dev/watchdog", "ENOENT");
    }, /^watchdog: Cannot statx "\/dev\/watchdog": ENOENT/],
    ["no network device", (kernel: FakeKernel) => {
      kernel.links.delete("eth0");
    }, /^network: Cannot RTM_NEWLINK "eth0": ENODEV/],
    ["no disk", (kernel: FakeKernel) => {
      kernel.addFile("/sys/block/vda/size", "0\n");
    }, /^var: Cannot mount \/var: there is no disk$/],
    ["no overlay", (kernel: FakeKernel) => {
      kernel.refuse("overlay", "ENODEV");
    }, /^overlays: Cannot fsopen "\/etc\/kubernetes": ENODEV \(19\); .*"\/etc\/cni": .*"\/opt": /],
    ["a token that cannot be read", (kernel: FakeKernel) => {
      kernel.refuse("/sys/firmware/qemu_fw_cfg/by_name/opt/strata/token/raw", "EIO");
    }, /^token: Cannot statx .*token\/raw": EIO/],
    ["an image without os-release", (kernel: FakeKernel) => {
      kernel.refuse("/etc/os-release", "ENOENT");
    }, /^release: Cannot open "\/etc\/os-release": ENOENT/],
    ["a limit that cannot be set", (kernel: FakeKernel) => {
      kernel.refuse("setrlimit", "EPERM");
    }, /^process: Cannot setrlimit "": EPERM/],
  ] as const
) {
  Deno.test(`liveMachine() is reachable with ${what} and names it`, async () => {
    const kernel = furnish(new FakeKernel());
    prepare(kernel);
    const life = await up(kernel);
    const ready = await life.outside.ask("/readyz");
    assertEquals([ready.status, life.outside.listening.length], [503, 1]);
    await ready.body?.cancel();
    const spec = await settled(life, MACHINE, (spec) => spec["stage"] === "STAGE_RUNNING");
    const conditions = spec["unmetConditions"];
    assertEquals(Array.isArray(conditions) && conditions.length, 1);
    assertMatch(Array.isArray(conditions) ? conditions[0] : "", unmet);
    assertEquals(await ended(life), "power-off");
  });
}

Deno.test("liveMachine() serves on the other listener when one cannot be opened", async () => {
  const life = beginFakeLife(furnish(new FakeKernel()));
  life.outside.listenHttp2 = () => {
    throw new Error("Cannot listen: something else listens there");
  };
  await untilLife(life, () => isUp(life));
  const ready = await life.outside.ask("/readyz");
  assertEquals(ready.status, 503);
  assertMatch(await ready.text(), /\[-\] grpc socket: Cannot listen: /);
  await ended(life);
});

Deno.test("raiseRoot() that fails in the middle takes back what it mounted", async () => {
  for (const [key, left] of [["/newroot", 3], ["/rootfs.squashfs", 3]] as const) {
    const kernel = furnish(new FakeKernel());
    kernel.refuse(key, "EIO");
    const life = beginFakeLife(kernel);
    await assertRejects(() => life.ending, Error, "EIO");
    assertEquals([...kernel.mountTargets()], ["/proc", "/sys", "/dev"].slice(0, left));
    assertMatch(life.said(), /error .*failed .*EIO/);
  }
});
