// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { house, until } from "../../../tests/fakes/engine_house.ts";
import { MS } from "../../../fs/kernel/constants.ts";
import { FakeKernel } from "../../../tests/fakes/kernel.ts";
import type { State } from "../../core/state.ts";
import { watchFor } from "../../core/watch_for.ts";
import { mountStatus } from "../../resources/fs.ts";
import { mountStatusController } from "./mount_statuses.ts";

function tmpfs(target: string, source: string) {
  return { source, target, fstype: "tmpfs", flags: 0n, data: "" };
}

async function shows(state: State, id: string, source: string): Promise<void> {
  await watchFor(state, { namespace: "fs", type: mountStatus.type, id }, {
    events: ["created", "updated"],
    predicate: (resource) => mountStatus.is(resource) && resource.spec.source === source,
  });
}

async function sources(state: State): Promise<Record<string, string>> {
  const all = await state.list(mountStatus);
  return Object.fromEntries(
    all.map((each) => [each.metadata.id, mountStatus.is(each) ? each.spec.source : ""]),
  );
}

Deno.test("mountStatusController() says what is mounted with every field of it", async () => {
  await using place = house();
  const kernel = new FakeKernel();
  kernel.mount({ source: "low", target: "/tmp", fstype: "tmpfs", flags: 3n, data: "size=1m" });
  kernel.remount("/tmp", MS.SHARED);
  place.engine.register(mountStatusController(kernel));
  place.start();
  await shows(place.state, "/tmp", "low");
  const found = await place.state.get({ namespace: "fs", type: mountStatus.type, id: "/tmp" });
  const spec = mountStatus.is(found) ? found.spec : undefined;
  assertEquals([spec?.fstype, spec?.target, spec?.root], ["tmpfs", "/tmp", "/"]);
  assertEquals(spec?.options, ["ro", "nosuid", "relatime"]);
  assertEquals([spec?.readOnly, (spec?.mountId ?? 0) > (spec?.parentId ?? 0)], [true, true]);
  assertEquals([spec?.sizeBytes, spec?.propagation], [1n << 20n, ["shared:1"]]);
});

Deno.test("mountStatusController() numbers mounts over one point from the lowest", async () => {
  await using place = house();
  const kernel = new FakeKernel();
  for (const source of ["low", "middle", "top"]) kernel.mount(tmpfs("/tmp", source));
  place.engine.register(mountStatusController(kernel));
  place.start();
  await shows(place.state, "/tmp#3", "top");
  assertEquals(await sources(place.state), {
    "/": "rootfs",
    "/tmp": "low",
    "/tmp#2": "middle",
    "/tmp#3": "top",
  });
});

Deno.test("mountStatusController() follows what is mounted and unmounted", async () => {
  await using place = house();
  const kernel = new FakeKernel();
  place.engine.register(mountStatusController(kernel));
  place.start();
  await shows(place.state, "/", "rootfs");
  kernel.mount(tmpfs("/tmp", "one"));
  await shows(place.state, "/tmp", "one");
  kernel.mount(tmpfs("/tmp", "two"));
  await shows(place.state, "/tmp#2", "two");
  kernel.unmount("/tmp");
  kernel.unmount("/tmp");
  kernel.mount(tmpfs("/run", "three"));
  await shows(place.state, "/run", "three");
  assertEquals(await sources(place.state), { "/": "rootfs", "/run": "three" });
});

/** A kernel whose mount table was written by hand, as after a mount slid beneath another. */
class WrittenMounts extends FakeKernel {
  override readText(path: string): string {
    if (path !== "/proc/self/mountinfo") return super.readText(path);
    return [
      "1 1 0:1 / / rw - rootfs rootfs rw",
      "8 9 0:8 / /tmp rw - tmpfs top rw",
      "9 1 0:9 / /tmp rw - tmpfs beneath rw",
      "",
    ].join("\n");
  }
}

Deno.test("mountStatusController() goes by what lies on what, not by the order of the table", async () => {
  await using place = house();
  place.engine.register(mountStatusController(new WrittenMounts()));
  place.start();
  await shows(place.state, "/tmp#2", "top");
  assertEquals(await sources(place.state), { "/": "rootfs", "/tmp": "beneath", "/tmp#2": "top" });
});

/** A kernel that cannot wait for mounts, once. */
class DeafOnce extends FakeKernel {
  waits = 0;

  override async mountsChanged(
    timeoutMs: number,
    options?: { readonly signal?: AbortSignal },
  ): Promise<boolean> {
    this.waits += 1;
    if (this.waits === 1) throw new Error("cannot wait");
    return await super.mountsChanged(timeoutMs, options);
  }
}

Deno.test("mountStatusController() waits again after a wait that broke down", async () => {
  await using place = house();
  const kernel = new DeafOnce();
  place.engine.register(mountStatusController(kernel));
  place.start();
  await until(place.engine, ([each]) => each?.phase === "backing-off");
  assertEquals(place.engine.controllers()[0]?.lastError, "cannot wait");
  await place.clock.advance(1_000);
  await until(place.engine, () => kernel.waits === 2);
  kernel.mount(tmpfs("/tmp", "late"));
  await shows(place.state, "/tmp", "late");
});

Deno.test("mountStatusController() tells of a mount whose size cannot be told, and why in the log", async () => {
  await using place = house();
  const kernel = new FakeKernel();
  kernel.mount({ ...tmpfs("/tmp", "broken"), data: "size=1m" });
  kernel.mount({ ...tmpfs("/run", "low"), data: "size=1m" });
  kernel.mount({ ...tmpfs("/run", "top"), data: "size=2m" });
  kernel.refuse("/tmp", "EIO");
  place.engine.register(mountStatusController(kernel));
  place.start();
  await shows(place.state, "/tmp", "broken");
  await shows(place.state, "/run#2", "top");
  const all = await place.state.list(mountStatus);
  const sizes = all.map((each) => mountStatus.is(each) ? each.spec.sizeBytes : undefined);
  // Out of sight under the other one, the lower mount at /run has none to tell.
  assertEquals(sizes.slice(1).sort(), [0n, 0n, 2n << 20n]);
  const warnings = place.log.lines.filter(({ level }) => level === "warn");
  assertEquals(warnings.map(({ facts }) => facts["error"]), ['Cannot statfs "/tmp": EIO (5)']);
});
