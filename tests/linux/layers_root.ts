/**
 * Program: at its first argument makes a root, runs the controllers of mounts and files of /etc on it, takes away what
 * they made in every way, stops and starts them, and says what there was after each.
 */
import { MS } from "../../fs/kernel/constants.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { readMounts } from "../../fs/mountinfo.ts";
import { mountOverlays, overlayMount } from "../../fs/overlays.ts";
import { releaseLayers } from "../../roles/layer_release.ts";
import { etcFileController } from "../../runtime/controllers/fs/etc_files.ts";
import { layerController } from "../../runtime/controllers/fs/layers.ts";
import { mountStatusController } from "../../runtime/controllers/fs/mount_statuses.ts";
import { mountController } from "../../runtime/controllers/fs/mounts.ts";
import type { LocalState } from "../../runtime/core/state.ts";
import { createEngine } from "../../runtime/engine/engine.ts";
import { etcFileSpec, mountReport, mountSpec, mountStatus } from "../../runtime/resources/fs.ts";
import { memoryState } from "../../runtime/state/memory.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { FakeLog } from "../fakes/log.ts";
import { answer, makeSmallRoot } from "./small_root.ts";

/** What the program says. */
export interface LayersReport {
  /** Mount points after each act, with how many mounts lie there. */
  readonly mounts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** /proc/self/mountinfo was the same after a second run of the controllers. */
  readonly isSame: boolean;
  /** What MountStatus says of the cache. */
  readonly cache: { readonly options: readonly string[]; readonly sizeBytes: string };
  /** Who kept the cache busy. */
  readonly holders: readonly string[];
  /** What the end of the layers says while somebody uses one, and when nobody does any more. */
  readonly inTheWay: string;
  readonly released: string;
  /** What was written to the overlay, seen after it was mounted again. */
  readonly kept: string;
  readonly uppers: Readonly<Record<string, number | undefined>>;
  readonly hosts: readonly string[];
  /** Failures of overlays. */
  readonly failures: readonly string[];
}

const [root = ""] = Deno.args;
const kernel = openLinux({ bind: "at once" });
makeSmallRoot(kernel, root, {
  "/etc/hosts": "image",
  "/etc/kubernetes/image": "image",
  "/opt/image": "image",
});
kernel.changeRoot(root);
const flags = MS.NOSUID | MS.NODEV;
// Stands for the data disk: an overlay's upper half may not lie on what the lower is on.
kernel.mount({ source: "data", target: "/var", fstype: "tmpfs", flags, data: "size=16m" });

const DIRECTORIES = [
  { path: "/etc/kubernetes", executable: "" },
  { path: "/opt", executable: "programs of a test" },
];
const CACHE = {
  source: "cache",
  target: "/run/cache",
  fstype: "tmpfs",
  access: "read-write" as const,
  executable: "",
  parameters: ["size=1m"],
};
const FAILING = { path: "/missing", executable: "" };
const failures = mountOverlays(kernel, [...DIRECTORIES, FAILING]);
const layers = DIRECTORIES.map((directory) => overlayMount(directory));
const mounts: Record<string, Record<string, number>> = {};
const hosts: string[] = [];

let life = begin();
await life.wish("a");
note("began");
kernel.writeFile("/etc/kubernetes/file", "kept", { mode: 0o644 });
const cache = await life.status("/run/cache");

kernel.unmount("/etc/kubernetes");
kernel.unmount("/etc/hosts", { detach: true });
await life.settled();
note("unmounted");
const kept = kernel.readText("/etc/kubernetes/file");

const before = kernel.lstat("/etc/hosts")?.inode;
kernel.remove("/system/etc", { recursive: true });
await until(() => kernel.lstat("/etc/hosts")?.inode !== before && count("/etc/hosts") === 1);
note("wiped");

const info = kernel.readText("/proc/self/mountinfo");
await life.end();
life = begin();
await life.wish("a");
const isSame = kernel.readText("/proc/self/mountinfo") === info;
note("ran again");

const held = kernel.openInRoot("/run/cache", "/");
const ended = life.state.teardownAndDestroy({ ...kindOf(mountSpec), id: "cache" });
const holders = await life.holders("cache");
held[Symbol.dispose]();
await ended;
await life.wish("b");
note("let go");

const user = kernel.openInRoot("/opt", "/");
const over = new AbortController();
const refusal = releaseLayers(life.state, over.signal).catch((error: unknown) => String(error));
await life.holders("/opt");
over.abort();
const inTheWay = (await refusal).replaceAll(String(Deno.pid), "PID");
user[Symbol.dispose]();
const released = await releaseLayers(life.state, new AbortController().signal);
note("released");
await life.end();

answer(
  {
    mounts,
    isSame,
    cache,
    holders,
    inTheWay,
    released,
    kept,
    hosts,
    uppers: Object.fromEntries(
      ["/var/system", "/var/system/overlays", "/var/system/overlays/opt/upper"].map((path) => [
        path,
        kernel.lstat(path)?.mode,
      ]),
    ),
    failures: failures.map(({ error }) => String(error)),
  } satisfies LayersReport,
);

function count(target: string): number {
  return readMounts(kernel).filter((mount) => mount.target === target).length;
}

function note(act: string): void {
  const targets = ["/etc/hosts", "/etc/kubernetes", "/opt", "/run/cache"];
  mounts[act] = Object.fromEntries(targets.map((target) => [target, count(target)]));
  hosts.push(kernel.readText("/etc/hosts"));
}

function kindOf({ namespace, type }: { readonly namespace: string; readonly type: string }) {
  return { namespace, type };
}

async function until(wanted: () => boolean): Promise<void> {
  while (!wanted()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Begins the controllers on a state of their own. */
function begin() {
  const [clock, random, log] = [systemClock(), systemRandom(), new FakeLog()];
  const state: LocalState = memoryState({ clock, random });
  const engine = createEngine({ state, clock, random, log });
  engine.register(mountStatusController(kernel));
  engine.registerQueue(mountController(kernel));
  engine.register(layerController(layers));
  engine.register(etcFileController(kernel));
  const stop = new AbortController();
  const running = engine.run(stop.signal);
  const all = () => ["/etc/hosts", "/etc/kubernetes", "/opt"].every((target) => count(target) > 0);
  const reportOf = (id: string) => {
    const found = state.getNow({ ...kindOf(mountReport), id });
    return found !== undefined && mountReport.is(found) ? found.spec : undefined;
  };
  return {
    state,
    settled: () => until(all),
    /** Wishes for the cache and a content of /etc/hosts, and waits until both are there. */
    async wish(contents: string): Promise<void> {
      const { access: _, ...spec } = CACHE;
      await state.modify(mountSpec.newResource("cache", spec), (current) => current);
      const file = etcFileSpec.newResource("hosts", { contents });
      await state.modify(file, (current) => ({ ...current, spec: file.spec }));
      await until(() => reportOf("cache")?.mounted !== undefined && reportOf("/opt") !== undefined);
      await until(() => all() && kernel.readText("/etc/hosts") === contents);
    },
    async status(id: string): Promise<LayersReport["cache"]> {
      for (;;) {
        const found = state.getNow({ ...kindOf(mountStatus), id });
        if (found !== undefined && mountStatus.is(found)) {
          const { options, sizeBytes } = found.spec;
          return { options, sizeBytes: String(sizeBytes) };
        }
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    async holders(id: string): Promise<readonly string[]> {
      await until(() => (reportOf(id)?.holders.length ?? 0) > 0);
      return reportOf(id)?.holders.map(({ pid, by }) => `${pid === Deno.pid} ${by}`) ?? [];
    },
    async end(): Promise<void> {
      stop.abort();
      await running;
    },
  };
}
