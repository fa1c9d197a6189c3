// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { type House, house } from "../../../tests/fakes/engine_house.ts";
import { FakeKernel } from "../../../tests/fakes/kernel.ts";
import type { WantedMount } from "../../../fs/mount.ts";
import type { MountReport } from "../../../proto/gen/strata/fs/v1/fs_pb.ts";
import type { SpecInit } from "../../core/spec_init.ts";
import { watchFor } from "../../core/watch_for.ts";
import { mountReport, mountSpec, mountStatus } from "../../resources/fs.ts";
import { layerController } from "./layers.ts";
import { mountStatusController } from "./mount_statuses.ts";
import { mountController } from "./mounts.ts";

const NAME = "fs.MountController";
const SPECS = { namespace: "fs", type: mountSpec.type };
const REPORTS = { namespace: "fs", type: mountReport.type };

/** A machine with a tmpfs at /run, and the controllers at work on it. */
interface Bench extends AsyncDisposable {
  readonly kernel: FakeKernel;
  readonly place: House;
  /** Creates or changes the wish for a tmpfs. */
  wish(id: string, target: string, more?: SpecInit<typeof mountSpec>): Promise<void>;
  /** Waits for a report. */
  report(id: string, wanted: (report: MountReport) => boolean): Promise<MountReport>;
  /** Begins the end of a wish, which resolves when it is gone. */
  end(id: string): Promise<void>;
}

function bench(kernel = machine(), layers: readonly WantedMount[] = []): Bench {
  const place = house();
  place.engine.register(mountStatusController(kernel));
  place.engine.registerQueue(mountController(kernel));
  place.engine.register(layerController(layers));
  place.start();
  return {
    kernel,
    place,
    async wish(id, target, more = {}) {
      const spec = { target, fstype: "tmpfs", parameters: ["size=1m"], ...more };
      const wanted = mountSpec.newResource(id, spec);
      await place.state.modify(wanted, (current) => ({ ...current, spec: wanted.spec }));
    },
    async report(id, wanted) {
      const found = await watchFor(place.state, { ...REPORTS, id }, {
        events: ["created", "updated"],
        predicate: (each) => mountReport.is(each) && wanted(each.spec),
      });
      if (!mountReport.is(found)) throw new Error("it is no MountReport");
      return found.spec;
    },
    end: (id) => place.state.teardownAndDestroy({ ...SPECS, id }),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

function machine(): FakeKernel {
  const kernel = new FakeKernel();
  kernel.mkdir("/run", 0o755);
  kernel.mount({ source: "tmpfs", target: "/run", fstype: "tmpfs", flags: 0n, data: "size=8m" });
  return kernel;
}

function isMounted({ mounted, error }: MountReport): boolean {
  return mounted !== undefined && error === "";
}

function mountsOver(kernel: FakeKernel, target: string): readonly string[] {
  const lines = kernel.readText("/proc/self/mountinfo").split("\n");
  return lines.filter((line) => line.split(" ")[4] === target);
}

async function finalizersOf({ place }: Bench, id: string): Promise<readonly string[]> {
  return (await place.state.get({ ...SPECS, id })).metadata.finalizers;
}

/** Lets time pass until `done` is. */
async function passing({ place }: Bench, done: Promise<unknown>): Promise<void> {
  let isOver = false;
  const over = done.finally(() => isOver = true);
  while (!isOver) await place.clock.advance(250);
  await over;
}

Deno.test("mountController() mounts what is wished, and unmounts it when the wish goes", async () => {
  await using it = bench();
  await it.wish("cache", "/run/cache");
  const report = await it.report("cache", isMounted);
  assertEquals(report.mounted?.target, "/run/cache");
  const [line = ""] = mountsOver(it.kernel, "/run/cache");
  assertStringIncludes(line, " rw,nosuid,nodev,noexec,");
  assertStringIncludes(line, " - tmpfs tmpfs rw,size=1m");
  assertEquals(await finalizersOf(it, "cache"), [NAME]);
  await it.end("cache");
  assertEquals(mountsOver(it.kernel, "/run/cache"), []);
  assertEquals(await it.place.state.list(REPORTS), []);
});

Deno.test("mountController() mounts again what somebody took away, and changes nothing otherwise", async () => {
  await using it = bench();
  await it.wish("cache", "/run/cache");
  await it.report("cache", isMounted);
  const [first = ""] = mountsOver(it.kernel, "/run/cache");
  await it.wish("cache", "/run/cache", { releaseMs: 5 });
  await it.report("cache", ({ mounted }) => mounted?.releaseMs === 5);
  assertEquals(mountsOver(it.kernel, "/run/cache"), [first]);
  it.kernel.unmount("/run/cache");
  for (let lines = mountsOver(it.kernel, "/run/cache"); lines.length === 0;) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    lines = mountsOver(it.kernel, "/run/cache");
    assertEquals(lines.includes(first), false);
  }
  assertEquals(mountsOver(it.kernel, "/run/cache").length, 1);
});

Deno.test("mountController() changes a tmpfs where it is, and moves what is wished elsewhere", async () => {
  await using it = bench();
  await it.wish("cache", "/run/cache");
  await it.report("cache", isMounted);
  it.kernel.writeFile("/run/cache/file", "kept", { mode: 0o644 });
  await it.wish("cache", "/run/cache", { parameters: ["size=2m"], executable: "tools of a test" });
  await it.report("cache", ({ mounted }) => mounted?.parameters[0] === "size=2m");
  assertEquals(it.kernel.statfs("/run/cache").size, 2n << 20n);
  const status = { namespace: "fs", type: mountStatus.type, id: "/run/cache" };
  await watchFor(it.place.state, status, {
    events: ["created", "updated"],
    predicate: (each) => mountStatus.is(each) && each.spec.sizeBytes === 2n << 20n,
  });
  assertEquals(it.kernel.readText("/run/cache/file"), "kept");
  assertEquals(mountsOver(it.kernel, "/run/cache")[0]?.includes("noexec"), false);
  await it.wish("cache", "/run/other");
  await it.report("cache", ({ mounted, error }) =>
    mounted?.target === "/run/other" && error === "");
  assertEquals(mountsOver(it.kernel, "/run/cache"), []);
  assertEquals(mountsOver(it.kernel, "/run/other").length, 1);
});

Deno.test("mountController() says which rule a wish breaks, and mounts it once it breaks none", async () => {
  await using it = bench();
  await it.wish("cache", "/run/cache", { parameters: [] });
  const { error, mounted } = await it.report("cache", ({ error }) => error !== "");
  assertEquals(mounted, undefined);
  assertStringIncludes(error, 'Cannot mount "/run/cache": it lies in memory, so it must have a');
  await it.wish("cache", "/run/cache");
  await it.report("cache", isMounted);
  await it.wish("late", "/run", { source: "late" });
  const late = await it.report("late", ({ error }) => error !== "");
  assertEquals(late.error, 'Cannot mount "/run": tmpfs of tmpfs is mounted there');
  await it.end("late");
  assertEquals(mountsOver(it.kernel, "/run").length, 1);
});

Deno.test("mountController() gives one place to one wish, and the next one its turn", async () => {
  await using it = bench();
  await it.wish("a", "/run/cache");
  await it.report("a", isMounted);
  await it.wish("b", "/run/cache");
  const { error } = await it.report("b", ({ error }) => error !== "");
  assertEquals(error, 'Cannot mount "/run/cache": MountSpec "a" wants the place');
  await it.end("a");
  await it.report("b", isMounted);
  assertEquals(mountsOver(it.kernel, "/run/cache").length, 1);
});

Deno.test("mountController() waits until another's mount is out of the way", async () => {
  await using it = bench();
  it.kernel.mkdir("/run/cache", 0o755);
  const theirs = { source: "theirs", target: "/run/cache", fstype: "tmpfs", flags: 0n, data: "" };
  it.kernel.mount(theirs);
  await it.wish("cache", "/run/cache");
  const { error } = await it.report("cache", ({ error }) => error !== "");
  assertEquals(error, 'Cannot mount "/run/cache": tmpfs of theirs is mounted there');
  it.kernel.unmount("/run/cache");
  await it.report("cache", isMounted);
});

Deno.test("mountController() unmounts in reverse: a wish is held by those that lie in it", async () => {
  await using it = bench();
  await it.wish("outer", "/run/outer");
  await it.report("outer", isMounted);
  await it.wish("inner", "/run/outer/inner");
  await it.report("inner", isMounted);
  assertEquals(await finalizersOf(it, "outer"), [NAME, `${NAME}/inner`]);
  const outer = it.end("outer");
  const { error } = await it.report("outer", ({ error }) => error !== "");
  assertEquals(error, `Cannot unmount yet: held by ${NAME}/inner`);
  await it.end("inner");
  await outer;
  assertEquals(it.kernel.unmounted, ["/run/outer/inner", "/run/outer"]);
});

Deno.test("mountController() leaves the mount to who holds its wish by a finalizer", async () => {
  await using it = bench();
  await it.wish("cache", "/run/cache");
  await it.report("cache", isMounted);
  await it.place.state.addFinalizer({ ...SPECS, id: "cache" }, ["somebody"]);
  const ended = it.end("cache");
  await it.report("cache", ({ error }) => error === "Cannot unmount yet: held by somebody");
  assertEquals(mountsOver(it.kernel, "/run/cache").length, 1);
  await it.place.state.removeFinalizer({ ...SPECS, id: "cache" }, ["somebody"]);
  await ended;
  assertEquals(mountsOver(it.kernel, "/run/cache"), []);
});

Deno.test("mountController() names who uses a mount, and unmounts when they let go", async () => {
  await using it = bench();
  await it.wish("cache", "/run/cache");
  await it.report("cache", isMounted);
  it.kernel.addFile("/proc/77/comm", "holder\n");
  it.kernel.addLink("/proc/77/cwd", "/run/cache");
  const held = it.kernel.openInRoot("/", "/run/cache");
  const ended = it.end("cache");
  const { error, holders } = await it.report("cache", ({ holders }) => holders.length > 0);
  assertEquals(error, 'Cannot unmount "/run/cache": used by holder (77) by its cwd /run/cache');
  assertEquals(holders.map(({ pid, by }) => [pid, by]), [[77, "cwd"]]);
  held[Symbol.dispose]();
  await passing(it, ended);
  assertEquals(mountsOver(it.kernel, "/run/cache"), []);
});

Deno.test("mountController() detaches what is used beyond the deadline, and says whose it was", async () => {
  await using it = bench();
  await it.wish("cache", "/run/cache", { releaseMs: 1_000 });
  await it.report("cache", isMounted);
  it.kernel.addFile("/proc/77/comm", "holder\n");
  it.kernel.addLink("/proc/77/cwd", "/run/cache");
  using _held = it.kernel.openInRoot("/", "/run/cache");
  const ended = it.end("cache");
  await it.report("cache", ({ holders }) => holders.length > 0);
  it.kernel.advance(999);
  for (let looks = 0; looks < 4; looks++) await it.place.clock.advance(250);
  assertEquals(mountsOver(it.kernel, "/run/cache").length, 1);
  it.kernel.advance(1);
  await passing(it, ended);
  assertEquals(mountsOver(it.kernel, "/run/cache"), []);
  const warning = it.place.log.lines.find(({ message }) => message === "detached a mount in use");
  assertEquals(warning?.facts["holders"], "holder (77) by its cwd /run/cache");
});

Deno.test("mountController() tries again what the kernel refused", async () => {
  await using it = bench();
  it.kernel.refuse("fsopen", "ENOMEM", { times: 1 });
  await it.wish("cache", "/run/cache");
  const { error } = await it.report("cache", ({ error }) => error !== "");
  assertEquals(error, 'Cannot fsopen "/run/cache": ENOMEM (12)');
  await passing(it, it.report("cache", isMounted));
});

Deno.test("mountController() that runs again ends with one mount of each, the same", async () => {
  const kernel = machine();
  let before = "";
  for (const _ of ["once", "again", "and again"]) {
    await using it = bench(kernel);
    await it.wish("outer", "/run/outer");
    await it.report("outer", isMounted);
    await it.wish("inner", "/run/outer/inner");
    await it.report("inner", isMounted);
    before ||= kernel.readText("/proc/self/mountinfo");
    assertEquals(kernel.readText("/proc/self/mountinfo"), before);
  }
});

const RUN: WantedMount = {
  source: "tmpfs",
  target: "/run",
  fstype: "tmpfs",
  access: "read-write",
  executable: "",
  parameters: ["size=8m"],
};

Deno.test("layerController() wishes for the layers; what is mounted stays, what goes comes again", async () => {
  await using it = bench(machine(), [RUN, { ...RUN, target: "/tmp", source: "layer" }]);
  await it.report("/run", isMounted);
  await it.report("/tmp", isMounted);
  assertEquals(mountsOver(it.kernel, "/run").length, 1);
  const { metadata } = await it.place.state.get({ ...SPECS, id: "/tmp" });
  assertEquals(metadata.owner, "fs.LayerController");
  it.kernel.unmount("/tmp");
  while (mountsOver(it.kernel, "/tmp").length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
});

Deno.test("layerController() leaves callers' wishes alone, and ends its own that are no layers any more", async () => {
  const kernel = machine();
  await using it = bench(kernel, [RUN]);
  await it.wish("mine", "/run/mine");
  await it.report("mine", isMounted);
  const old = mountSpec.newResource("/old", { target: "/old", fstype: "tmpfs" });
  await it.place.state.create(old, { owner: "fs.LayerController" });
  await watchFor(it.place.state, { ...SPECS, id: "/old" }, { events: ["destroyed"] });
  assertEquals(mountsOver(kernel, "/run/mine").length, 1);
});
