// @ts-types="../types/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseCommandLine } from "../fs/cmdline.ts";
import { VOLUME_UNOPENED, type VolumeFacts } from "../fs/var_volume.ts";
import { mountSpec } from "../runtime/resources/fs.ts";
import { memoryState } from "../runtime/state/memory.ts";
import { FakeClock } from "../tests/fakes/clock.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { FakeLog } from "../tests/fakes/log.ts";
import { FakeRandom } from "../tests/fakes/random.ts";
import { END_DEADLINE_MS, endMachine, type MachineEnd } from "./end_machine.ts";
import { machineSettings } from "./machine_settings.ts";
import { WATCHDOG_SECONDS } from "./pid1.ts";
import { Timeline } from "./timeline.ts";

const STEPS = [
  ...["stop api", "stop services", "stop processes", "release layers", "stop controllers"],
  ...["record end", "unmount", "sync"],
];

const READY: VolumeFacts = {
  ...VOLUME_UNOPENED,
  phase: "ready",
  disk: "/dev/vda",
  device: "/dev/vda1",
  sizeBytes: 1n,
};

/** Time that goes on by half a second whenever somebody looks whether processes are left. */
class Ending extends FakeKernel {
  readonly signals: number[] = [];

  override signalAll(signal: number): boolean {
    if (signal === 0) this.advance(500);
    else this.signals.push(signal);
    return super.signalAll(signal);
  }
}

function bench(changes: Partial<MachineEnd> = {}) {
  const kernel = new Ending();
  kernel.addFile("/proc/sys/kernel/random/boot_id", "boot-1\n");
  for (const target of ["/var", "/run"]) {
    kernel.mount({ source: target, target, fstype: "tmpfs", flags: 0n, data: "" });
  }
  kernel.mkdir("/var/system", 0o700);
  const timeline = new Timeline(() => kernel.uptimeMs(), new FakeLog());
  const parts: MachineEnd = {
    kernel,
    timeline,
    settings: machineSettings(parseCommandLine("")),
    volume: READY,
    ending: "restart",
    listeners: [],
    running: Promise.resolve(),
    stop: new AbortController(),
    halt: new AbortController(),
    services: { stopAll: () => Promise.resolve([]) },
    state: memoryState({ clock: new FakeClock(), random: new FakeRandom() }),
    deadlineMs: END_DEADLINE_MS,
    ...changes,
  };
  const outcomes = () =>
    [...timeline.steps.read()].map(([name, { outcome }]) =>
      outcome === "done" ? name : `${name} ${outcome}`
    );
  return { kernel, timeline, parts, outcomes };
}

/** What hung until a test let it go. */
function hanging(): { readonly promise: Promise<void>; letGo(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, letGo: resolve };
}

Deno.test("endMachine() stops, records, unmounts in reverse and syncs, in that order", async () => {
  const { kernel, parts, outcomes } = bench();
  const order: string[] = [];
  parts.stop.signal.addEventListener("abort", () => order.push("stopped"));
  parts.halt.signal.addEventListener("abort", () => order.push("halted"));
  const { writeFile, unmount, sync } = kernel;
  kernel.writeFile = (...args) => {
    order.push(`wrote ${args[0]} ${args[1]}`);
    writeFile.apply(kernel, args);
  };
  kernel.unmount = (...args) => {
    order.push(`unmounted ${args[0]}`);
    unmount.apply(kernel, args);
  };
  kernel.sync = () => {
    order.push("synced");
    return sync.call(kernel);
  };
  await endMachine(parts);
  assertEquals(order, [
    "stopped",
    "halted",
    'wrote /var/system/life.json {"bootId":"boot-1","end":"restart"}\n',
    "unmounted /run",
    "unmounted /var",
    "synced",
  ]);
  assertEquals(outcomes(), STEPS);
});

Deno.test("endMachine() names the services that did not end", async () => {
  const { parts, timeline } = bench({ services: { stopAll: () => Promise.resolve(["a", "b"]) } });
  await endMachine(parts);
  assertEquals(new Map(timeline.steps.read()).get("stop services")?.detail, "left: a, b");
});

Deno.test("endMachine() takes less than the watchdog's minute where every step takes all of its time", () => {
  const together = Object.values(END_DEADLINE_MS).reduce((sum, each) => sum + each, 0);
  assert(together < WATCHDOG_SECONDS * 1000);
});

Deno.test("endMachine() records nothing where there is no /var", async () => {
  const { parts, outcomes } = bench({ volume: { ...READY, phase: "missing" } });
  await endMachine(parts);
  assertEquals(outcomes(), STEPS.with(5, "record end skipped"));
});

for (
  const [what, index, prepare] of [
    ["controllers that throw", 4, () => ({ running: Promise.reject(new Error("crash")) })],
    ["listeners that throw", 0, () => ({ listeners: [Promise.reject(new Error("crash"))] })],
    ["a record that is refused", 5, (kernel: Ending) => {
      kernel.refuse("/var/system/life.json", "EROFS");
      return {};
    }],
    ["mounts that cannot be listed", 6, (kernel: Ending) => {
      kernel.refuse("/proc/self/mountinfo", "EIO");
      return {};
    }],
    ["a sync that is refused", 7, (kernel: Ending) => {
      kernel.refuse("sync", "EIO");
      return {};
    }],
  ] as const
) {
  Deno.test(`endMachine() goes on to the end with ${what}`, async () => {
    const { kernel, parts, outcomes } = bench();
    await endMachine({ ...parts, ...prepare(kernel) });
    assertEquals(outcomes(), STEPS.with(index, `${STEPS[index]} failed`));
  });
}

for (
  const [what, index, hang] of [
    ["a listener", 0, (work: Promise<void>) => ({ listeners: [work] })],
    ["services", 1, (work: Promise<void>) => ({
      services: { stopAll: () => work.then(() => []) },
    })],
    ["a controller", 4, (work: Promise<void>) => ({ running: work })],
  ] as const
) {
  Deno.test(`endMachine() does not wait for ${what} beyond its deadline`, async () => {
    const work = hanging();
    const { kernel, parts, outcomes, timeline } = bench(hang(work.promise));
    const deadlineMs = { ...END_DEADLINE_MS, api: 1, services: 1, controllers: 1 };
    await endMachine({ ...parts, deadlineMs });
    assertEquals(outcomes(), STEPS.with(index, `${STEPS[index]} failed`));
    assertMatch(
      timeline.failures[0] ?? "",
      /^stop \w+: Cannot wait longer for step .*: \d+ ms are/,
    );
    assertEquals([...kernel.mountTargets()], []);
    work.letGo();
  });
}

Deno.test("endMachine() unmounts by itself what no controller undoes in time, and names it", async () => {
  const { kernel, parts, outcomes, timeline } = bench();
  const wish = { target: "/run/cache", fstype: "tmpfs" };
  await parts.state.create(mountSpec.newResource("cache", wish));
  const pointer = { namespace: mountSpec.namespace, type: mountSpec.type, id: "cache" };
  await parts.state.addFinalizer(pointer, ["fs.MountController"]);
  kernel.mkdir("/run/cache", 0o755);
  kernel.mount({ source: "c", target: "/run/cache", fstype: "tmpfs", flags: 0n, data: "" });
  await endMachine({ ...parts, deadlineMs: { ...END_DEADLINE_MS, layers: 1 } });
  assertEquals(outcomes(), STEPS.with(3, "release layers failed"));
  assertEquals(timeline.failures, ['release layers: "cache" is held by fs.MountController']);
  assertEquals([kernel.unmounted, [...kernel.mountTargets()]], [
    ["/run/cache", "/run", "/var"],
    [],
  ]);
});

Deno.test("endMachine() unmounts what others mounted inside of a layer before the layer goes", async () => {
  const { kernel, parts, outcomes, timeline } = bench();
  await parts.state.create(mountSpec.newResource("run", { target: "/run", fstype: "tmpfs" }));
  kernel.mkdir("/run/c/root", 0o755);
  kernel.mount({ source: "c", target: "/run/c/root", fstype: "tmpfs", flags: 0n, data: "" });
  await endMachine(parts);
  assertEquals(outcomes(), STEPS);
  const { detail } = new Map(timeline.steps.read()).get("release layers") ?? {};
  assertEquals(detail, "0 files of /etc, 1 mounts, 1 of others");
  assertEquals(kernel.unmounted, ["/run/c/root", "/run", "/var"]);
});

Deno.test("endMachine() does not wait for a sync beyond its deadline", async () => {
  const work = hanging();
  const { kernel, parts, outcomes } = bench();
  kernel.sync = () => work.promise;
  await endMachine({ ...parts, deadlineMs: { ...END_DEADLINE_MS, sync: 1 } });
  assertEquals(outcomes(), STEPS.with(7, "sync failed"));
  work.letGo();
});

Deno.test("endMachine() asks processes to end, and kills only those that stay", async () => {
  for (
    const [survived, signals] of [
      [[], [15]],
      [[15], [15, 9]],
    ] as const
  ) {
    const { kernel, parts, outcomes } = bench();
    kernel.processes.set(20, survived);
    await endMachine(parts);
    assertEquals([kernel.signals, kernel.processes.size, kernel.zombies.size], [
      [...signals],
      0,
      0,
    ]);
    assertEquals(outcomes(), STEPS);
  }
});

Deno.test("endMachine() says so when a process outlives SIGKILL, and ends all the same", async () => {
  const { kernel, parts, outcomes, timeline } = bench();
  kernel.processes.set(20, [15, 9]);
  await endMachine(parts);
  assertEquals(outcomes(), STEPS.with(2, "stop processes failed"));
  assertMatch(timeline.failures[0] ?? "", /some are still there 2000 ms after SIGKILL$/);
});

Deno.test("endMachine() makes read-only what stays busy, and names it", async () => {
  const { kernel, parts, timeline } = bench();
  using _busy = kernel.openInRoot("/", "/var/system");
  await endMachine(parts);
  assertEquals(timeline.steps.read().get("unmount")?.detail, "left: /var (read-only)");
  assertEquals(kernel.syncs, 1);
});

Deno.test("END_DEADLINE_MS together stay below the watchdog's minute", () => {
  const sum = Object.values(END_DEADLINE_MS).reduce((all, each) => all + each, 0);
  assertEquals(sum < 60_000, true);
});
