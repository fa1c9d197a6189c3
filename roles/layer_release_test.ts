// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import type { WantedMount } from "../fs/mount.ts";
import type { Pointer } from "../runtime/core/resource.ts";
import { watchFor } from "../runtime/core/watch_for.ts";
import { etcFileController } from "../runtime/controllers/fs/etc_files.ts";
import { hostsFileController } from "../runtime/controllers/fs/hosts_file.ts";
import { layerController } from "../runtime/controllers/fs/layers.ts";
import { mountStatusController } from "../runtime/controllers/fs/mount_statuses.ts";
import { mountController } from "../runtime/controllers/fs/mounts.ts";
import {
  etcFileSpec,
  etcFileStatus,
  mountReport,
  mountSpec,
  mountStatus,
} from "../runtime/resources/fs.ts";
import { type House, house } from "../tests/fakes/engine_house.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { releaseLayers } from "./layer_release.ts";

const LAYERS = ["/run", "/system", "/tmp"].map((target): WantedMount => ({
  source: "tmpfs",
  target,
  fstype: "tmpfs",
  access: "read-write",
  executable: "",
  parameters: ["size=8m"],
}));

/** A machine with its layers and /etc/hosts, and the controllers at work on it. */
interface Bench extends AsyncDisposable {
  readonly kernel: FakeKernel;
  readonly place: House;
  /** Wishes for a tmpfs and waits until it is there. */
  wish(id: string, target: string): Promise<void>;
}

async function bench(): Promise<Bench> {
  const kernel = new FakeKernel();
  kernel.addFile("/etc/hosts", "of the image\n");
  // As the boot leaves it: what is laid over /etc comes from there.
  kernel.mkdir("/system", 0o755);
  kernel.mount({ source: "tmpfs", target: "/system", fstype: "tmpfs", flags: 0n, data: "size=8m" });
  const place = house();
  await place.engine.register(mountStatusController(kernel));
  await place.engine.registerQueue(mountController(kernel));
  await place.engine.register(layerController(LAYERS));
  await place.engine.register(etcFileController(kernel));
  await place.engine.register(hostsFileController());
  place.start();
  for (const { target } of LAYERS) await mounted(place, target);
  await watchFor(place.state, of(etcFileStatus, "hosts"), {
    predicate: (each) => etcFileStatus.is(each) && each.spec.mounted,
  });
  return {
    kernel,
    place,
    async wish(id, target) {
      const spec = { target, fstype: "tmpfs", parameters: ["size=1m"] };
      await place.state.create(mountSpec.newResource(id, spec));
      await mounted(place, id);
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

async function mounted({ state }: House, id: string): Promise<void> {
  await watchFor(state, of(mountReport, id), {
    predicate: (each) => mountReport.is(each) && each.spec.mounted !== undefined,
  });
}

function of(
  { namespace, type }: { readonly namespace: string; readonly type: string },
  id: string,
): Pointer {
  return { namespace, type, id };
}

/** Resolves when somebody is said to be in the way. */
async function told({ place: { state } }: Bench, id: string): Promise<void> {
  await watchFor(state, of(mountReport, id), {
    predicate: (each) => mountReport.is(each) && each.spec.error !== "",
  });
}

/** Resolves when a wish is torn down and its mount gone. */
async function undone({ place: { state } }: Bench, id: string): Promise<void> {
  await watchFor(state, of(mountSpec, id), {
    predicate: ({ metadata }) => metadata.finalizers.join() === "fs.StaysUndone",
  });
}

/** Lets time pass until `done` is. */
async function passing<T>({ place }: Bench, done: Promise<T>): Promise<T> {
  let isOver = false;
  done.finally(() => isOver = true).catch(() => {});
  while (!isOver) await place.clock.advance(250);
  return await done;
}

const EVER = new AbortController().signal;

Deno.test("releaseLayers() has files, then mounts taken away in reverse, and nobody makes them anew", async () => {
  await using it = await bench();
  await it.wish("outer", "/run/outer");
  await it.wish("inner", "/run/outer/inner");
  assertEquals(await releaseLayers(it.place.state, EVER), "1 files of /etc, 5 mounts");
  assertEquals([...it.kernel.mountTargets()], []);
  const inOrder = it.kernel.unmounted.filter((path) => path.startsWith("/run") || path[1] === "e");
  assertEquals(inOrder, ["/etc/hosts", "/run/outer/inner", "/run/outer", "/run"]);
  // All that follows from it has been seen by everybody when the last mount is gone from the statuses, too.
  await watchFor(it.place.state, of(mountStatus, "/run"), { events: ["destroyed"] });
  for (let turn = 0; turn < 20; turn++) await it.place.clock.advance(1_000);
  assertEquals([...it.kernel.mountTargets()], []);
  const { metadata } = await it.place.state.get(of(mountSpec, "/run"));
  assertEquals([metadata.phase, metadata.finalizers], ["tearingDown", ["fs.StaysUndone"]]);
  assertEquals(await releaseLayers(it.place.state, EVER), "0 files of /etc, 0 mounts");
  assertEquals(it.place.log.lines.filter(({ level }) => level !== "debug"), []);
});

Deno.test("releaseLayers() waits for who uses a mount, and takes away what is wished for meanwhile", async () => {
  await using it = await bench();
  await it.wish("cache", "/run/cache");
  const held = it.kernel.openInRoot("/", "/run/cache");
  const released = releaseLayers(it.place.state, EVER);
  await told(it, "cache");
  await it.wish("late", "/late");
  held[Symbol.dispose]();
  assertEquals(await passing(it, released), "1 files of /etc, 5 mounts");
  assertEquals([...it.kernel.mountTargets()], []);
});

Deno.test("releaseLayers() names who holds what is left when its time is over", async () => {
  await using it = await bench();
  await it.wish("cache", "/run/cache");
  it.kernel.addFile("/proc/77/comm", "holder\n");
  it.kernel.addLink("/proc/77/cwd", "/run/cache");
  using _held = it.kernel.openInRoot("/", "/run/cache");
  const over = new AbortController();
  const released = releaseLayers(it.place.state, over.signal);
  for (const id of ["cache", "/run"]) await told(it, id);
  for (const id of ["/system", "/tmp"]) await undone(it, id);
  over.abort();
  const { message } = await assertRejects(() => passing(it, released), Error);
  assertEquals(
    message.split("; ").toSorted(),
    [
      "Cannot unmount yet: held by fs.MountController/cache",
      'Cannot unmount "/run/cache": used by holder (77) by its cwd /run/cache',
    ].toSorted(),
  );
  assertEquals([...it.kernel.mountTargets()].toSorted(), ["/run", "/run/cache"]);
});

Deno.test("releaseLayers() leaves a mount to who holds its wish by a finalizer, and names him", async () => {
  await using it = await bench();
  await it.place.state.addFinalizer(of(etcFileSpec, "hosts"), ["somebody"]);
  const over = new AbortController();
  const released = releaseLayers(it.place.state, over.signal);
  await watchFor(it.place.state, of(etcFileSpec, "hosts"), {
    predicate: ({ metadata }) => metadata.finalizers.join() === "somebody,fs.StaysUndone",
  });
  over.abort();
  await assertRejects(() => released, Error, '"hosts" is held by somebody');
});
