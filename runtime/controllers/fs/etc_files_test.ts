// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { type House, house } from "../../../tests/fakes/engine_house.ts";
import { FakeKernel } from "../../../tests/fakes/kernel.ts";
import { assertRefused } from "../../../tests/conformance/kernel_bench.ts";
import { watchFor } from "../../core/watch_for.ts";
import { etcFileSpec, etcFileStatus } from "../../resources/fs.ts";
import type { EtcFileStatus as Status } from "../../../proto/gen/strata/fs/v1/fs_pb.ts";
import { etcFileController } from "./etc_files.ts";
import { mountStatusController } from "./mount_statuses.ts";

const NAME = "fs.EtcFileController";

/** A machine with two files in /etc, and the controller at work on it. */
interface Bench extends AsyncDisposable {
  readonly kernel: FakeKernel;
  readonly place: House;
  /** Creates or changes the wish for a file. */
  wish(id: string, contents: string, mode?: number): Promise<void>;
  /** Waits for a status. */
  status(id: string, wanted: (spec: Status) => boolean): Promise<Status>;
}

function bench(kernel = machine()): Bench {
  const place = house();
  place.engine.register(mountStatusController(kernel));
  place.engine.register(etcFileController(kernel));
  place.start();
  return {
    kernel,
    place,
    async wish(id, contents, mode = 0) {
      const wanted = etcFileSpec.newResource(id, { contents, mode });
      await place.state.modify(wanted, (current) => ({ ...current, spec: wanted.spec }));
    },
    async status(id, wanted) {
      const found = await watchFor(
        place.state,
        { namespace: "fs", type: etcFileStatus.type, id },
        {
          events: ["created", "updated"],
          predicate: (each) => etcFileStatus.is(each) && wanted(each.spec),
        },
      );
      if (!etcFileStatus.is(found)) throw new Error("it is no EtcFileStatus");
      return found.spec;
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

function machine(): FakeKernel {
  const kernel = new FakeKernel();
  kernel.addFile("/etc/hosts", "of the image\n");
  kernel.addFile("/etc/hostname", "of the image\n");
  kernel.mkdir("/system", 0o755);
  kernel.mount({ source: "tmpfs", target: "/system", fstype: "tmpfs", flags: 0n, data: "" });
  return kernel;
}

/** How many mounts lie over a path. */
function mountsOver(kernel: FakeKernel, target: string): number {
  const lines = kernel.readText("/proc/self/mountinfo").split("\n");
  return lines.filter((line) => line.split(" ")[4] === target).length;
}

function specOf({ place }: Bench, id: string) {
  return place.state.get({ namespace: "fs", type: etcFileSpec.type, id });
}

Deno.test("etcFileController() lays a file over /etc, read-only, and reports version and sha256", async () => {
  await using it = bench();
  await it.wish("hosts", "ours\n");
  const status = await it.status("hosts", (spec) => spec.mounted);
  assertEquals(it.kernel.readText("/etc/hosts"), "ours\n");
  assertEquals(it.kernel.lstat("/etc/hosts")?.mode, 0o644);
  assertRefused(
    () => it.kernel.writeFile("/etc/hosts", "theirs", { mode: 0o644, direct: true }),
    "EROFS",
  );
  const digest = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode("ours\n")),
  );
  assertEquals([status.target, status.sha256, status.error], [
    "/etc/hosts",
    digest.toHex(),
    "",
  ]);
  // The controller's own finalizer is a version too: the status comes to say the last.
  const { metadata } = await specOf(it, "hosts");
  assertEquals(metadata.finalizers, [NAME]);
  await it.status("hosts", (spec) => spec.specVersion === `${metadata.version}`);
});

Deno.test("etcFileController() replaces a content in place, with one mount and one source left", async () => {
  await using it = bench();
  await it.wish("hosts", "first\n");
  const first = await it.status("hosts", (spec) => spec.mounted);
  const calls: string[] = [];
  const { replaceBind, unmount } = it.kernel;
  it.kernel.replaceBind = (request) => {
    calls.push(`replaceBind ${request.target}`);
    replaceBind.call(it.kernel, request);
  };
  it.kernel.unmount = (target, options) => {
    calls.push(`unmount ${target}`);
    unmount.call(it.kernel, target, options);
  };
  await it.wish("hosts", "second\n", 0o600);
  await it.status("hosts", (spec) => spec.sha256 !== first.sha256);
  assertEquals(it.kernel.readText("/etc/hosts"), "second\n");
  assertEquals(it.kernel.lstat("/etc/hosts")?.mode, 0o600);
  assertEquals(calls, ["replaceBind /etc/hosts"]);
  assertEquals([mountsOver(it.kernel, "/etc/hosts"), it.kernel.names("/system/etc").length], [
    1,
    1,
  ]);
});

Deno.test("etcFileController() shows the image's file again when the wish is torn down", async () => {
  await using it = bench();
  await it.wish("hosts", "ours\n");
  await it.status("hosts", (spec) => spec.mounted);
  await it.place.state.teardownAndDestroy({ namespace: "fs", type: etcFileSpec.type, id: "hosts" });
  assertEquals(it.kernel.readText("/etc/hosts"), "of the image\n");
  assertEquals([mountsOver(it.kernel, "/etc/hosts"), it.kernel.names("/system/etc")], [0, []]);
  await watchFor(
    it.place.state,
    { namespace: "fs", type: etcFileStatus.type, id: "hosts" },
    { events: ["destroyed"] },
  );
});

for (
  const [what, id, contents, mode, error] of [
    ["the image lacks", "motd", "x", 0, /^Cannot place "\/etc\/motd": there is no such file in/],
    ["is a directory", ".", "x", 0, /^Cannot place "\."/],
    [
      "is outside of /etc",
      "../init",
      "x",
      0,
      /^Cannot place "\.\.\/init": it must be a path below/,
    ],
    ["has a mode that is none", "hosts", "x", 0o7777, /^Cannot place "hosts" with mode 4095: /],
    [
      "is too large",
      "hosts",
      "x".repeat((1 << 20) + 1),
      0,
      /^Cannot place "\/etc\/hosts": 1048577 bytes, at most 1048576$/,
    ],
  ] as const
) {
  Deno.test(`etcFileController() says why when the file ${what}, serves the others and lets it go`, async () => {
    await using it = bench();
    await it.wish(id, contents, mode);
    await it.wish("hostname", "ours\n");
    const status = await it.status(id, (spec) => spec.error !== "");
    assertMatch(status.error, error);
    assertEquals([status.mounted, status.specVersion, status.sha256], [false, "", ""]);
    await it.status("hostname", (spec) => spec.mounted);
    await it.place.state.teardownAndDestroy({ namespace: "fs", type: etcFileSpec.type, id });
    assertEquals(it.place.engine.controllers()[1]?.crashes, 0);
    assertEquals(it.kernel.readText("/etc/hosts"), "of the image\n");
  });
}

Deno.test("etcFileController() goes on to report what lies there when the next content is refused", async () => {
  await using it = bench();
  await it.wish("hosts", "ours\n");
  const before = await it.status("hosts", (spec) => spec.mounted);
  await it.wish("hosts", "theirs\n", 0o7777);
  const after = await it.status("hosts", (spec) => spec.error !== "");
  assertEquals([after.mounted, after.sha256], [true, before.sha256]);
  assertEquals(it.kernel.readText("/etc/hosts"), "ours\n");
  await it.wish("hosts", "right\n");
  const right = await it.status("hosts", (spec) => spec.error === "");
  assertEquals([it.kernel.readText("/etc/hosts"), right.mounted], ["right\n", true]);
});

Deno.test("etcFileController() tries again what the kernel refused, and lays the others meanwhile", async () => {
  await using it = bench();
  it.kernel.refuse("/etc/hostname", "EIO", { times: 1 });
  await it.wish("hostname", "ours\n");
  const refused = await it.status("hostname", (spec) => spec.error !== "");
  assertMatch(refused.error, /EIO/);
  await it.place.clock.sleeping();
  await it.wish("hosts", "ours\n");
  await it.place.clock.advance(1_000);
  const status = await it.status("hostname", (spec) => spec.mounted);
  assertEquals([status.error, it.kernel.readText("/etc/hostname")], ["", "ours\n"]);
  await it.status("hosts", (spec) => spec.mounted);
});

Deno.test("etcFileController() that runs again mounts nothing twice", async () => {
  const kernel = machine();
  let mountId = "";
  for (const _ of ["once", "again"]) {
    await using it = bench(kernel);
    await it.wish("hosts", "ours\n");
    await it.status("hosts", (spec) => spec.mounted);
    const info = kernel.readText("/proc/self/mountinfo");
    const line = info.split("\n").find((each) => each.includes(" /etc/hosts "));
    assertEquals(mountsOver(kernel, "/etc/hosts"), 1);
    mountId ||= line?.split(" ")[0] ?? "";
    assertEquals(line?.split(" ")[0], mountId);
  }
});

Deno.test("etcFileController() keeps going while somebody holds a status that must go", async () => {
  await using it = bench();
  await it.wish("hosts", "ours\n");
  await it.status("hosts", (spec) => spec.mounted);
  const status = { namespace: "fs", type: etcFileStatus.type, id: "hosts" };
  await it.place.state.addFinalizer(status, ["somebody"]);
  await it.place.state.teardownAndDestroy({ ...status, type: etcFileSpec.type });
  await watchFor(it.place.state, status, { phases: ["tearingDown"] });
  await it.place.state.removeFinalizer(status, ["somebody"]);
  await watchFor(it.place.state, status, { events: ["destroyed"] });
  assertEquals(it.place.engine.controllers()[1]?.crashes, 0);
});

/** Resolves when it is so; looks again whenever the event loop turned. */
async function until(wanted: () => boolean): Promise<void> {
  while (!wanted()) await new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("etcFileController() builds again what is wiped from /system/etc, and readers notice nothing", async () => {
  await using it = bench();
  await it.wish("hosts", "ours\n");
  await it.wish("hostname", "ours\n");
  await it.status("hosts", (spec) => spec.mounted);
  await it.status("hostname", (spec) => spec.mounted);
  for (let round = 0; round < 3; round++) {
    const before = it.kernel.lstat("/etc/hosts")?.inode;
    it.kernel.remove("/system/etc", { recursive: true });
    assertEquals(it.kernel.readText("/etc/hosts"), "ours\n");
    await until(() => it.kernel.lstat("/etc/hosts")?.inode !== before);
    await until(() => it.kernel.names("/system/etc").length === 2);
    assertEquals([mountsOver(it.kernel, "/etc/hosts"), mountsOver(it.kernel, "/etc/hostname")], [
      1,
      1,
    ]);
  }
  const [first = ""] = it.kernel.names("/system/etc");
  it.kernel.remove(`/system/etc/${first}`);
  await until(() => it.kernel.names("/system/etc").includes(first));
});

Deno.test("etcFileController() lays a file again that somebody unmounted", async () => {
  await using it = bench();
  await it.wish("hosts", "ours\n");
  await it.status("hosts", (spec) => spec.mounted);
  it.kernel.unmount("/etc/hosts");
  await until(() => mountsOver(it.kernel, "/etc/hosts") === 1);
  assertEquals(it.kernel.readText("/etc/hosts"), "ours\n");
});

Deno.test("etcFileController() names another's mount over a file, and goes on when it is gone", async () => {
  await using it = bench();
  it.kernel.addFile("/theirs", "theirs\n");
  await it.wish("hosts", "ours\n");
  await it.status("hosts", (spec) => spec.mounted);
  it.kernel.bind({ source: "/theirs", target: "/etc/hosts", attributes: 0n });
  await it.status("hosts", (spec) => spec.error.includes("lies over it"));
  const wanted = { namespace: "fs", type: etcFileSpec.type, id: "hosts" };
  const gone = it.place.state.teardownAndDestroy(wanted);
  it.kernel.unmount("/etc/hosts");
  await gone;
  assertEquals(it.kernel.readText("/etc/hosts"), "of the image\n");
});

Deno.test("etcFileController() gives a file its owner", async () => {
  await using it = bench();
  const wanted = etcFileSpec.newResource("hosts", {
    contents: "x",
    mode: 0o640,
    owner: { uid: 5, gid: 6 },
  });
  await it.place.state.create(wanted);
  await it.status("hosts", (spec) => spec.mounted);
  const { uid, gid, mode } = it.kernel.lstat("/etc/hosts") ?? {};
  assertEquals([uid, gid, mode], [5, 6, 0o640]);
});
