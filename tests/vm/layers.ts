/** What must be mounted where, as the design says it. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { TestMachine } from "./machine.ts";
import { probe } from "./probe_client.ts";
import type { WritableDirectories } from "./writable_directories.ts";

interface Layer {
  readonly fstype: string;
  readonly readOnly: boolean;
  /** Options the mount must carry. */
  readonly options: readonly string[];
}

const SEALED = ["nosuid", "nodev", "noexec"];
const FILE = { fstype: "tmpfs", readOnly: true, options: ["ro", ...SEALED] };

const LAYERS: Readonly<Record<string, Layer>> = {
  "/": { fstype: "squashfs", readOnly: true, options: ["ro", "nosuid", "nodev"] },
  "/dev": { fstype: "devtmpfs", readOnly: false, options: ["nosuid", "noexec"] },
  "/proc": { fstype: "proc", readOnly: false, options: SEALED },
  "/sys": { fstype: "sysfs", readOnly: false, options: SEALED },
  "/run": { fstype: "tmpfs", readOnly: false, options: SEALED },
  "/tmp": { fstype: "tmpfs", readOnly: false, options: SEALED },
  "/system": { fstype: "tmpfs", readOnly: false, options: SEALED },
  "/etc/hosts": FILE,
  "/etc/hostname": FILE,
  "/etc/resolv.conf": FILE,
  "/etc/machine-id": FILE,
  "/var": { fstype: "xfs", readOnly: false, options: ["nosuid", "nodev"] },
  "/etc/kubernetes": { fstype: "overlay", readOnly: false, options: SEALED },
  "/etc/cni": { fstype: "overlay", readOnly: false, options: SEALED },
  // Workloads run programs from it.
  "/opt": { fstype: "overlay", readOnly: false, options: ["nosuid", "nodev"] },
};

/** Where files may be made: on tmpfs and devtmpfs, on /var, and in what keeps its changes there. */
const WRITABLE = Object.entries(LAYERS)
  .filter(([target, { readOnly }]) => !readOnly && target !== "/proc" && target !== "/sys")
  .map(([target]) => target);

/** Tries to make a file in every directory there is. */
export async function assertWritableAsDesigned(machine: TestMachine): Promise<void> {
  const { error, value } = await probe(machine, { act: "writable", root: "/" });
  assertEquals(error, "");
  const { tried, writable } = value as WritableDirectories;
  // The directories of /sys alone are more: else the walk did not go everywhere.
  assert(tried > 1000, `only ${tried} directories were tried`);
  const undesigned = writable.filter((path) =>
    !WRITABLE.some((target) => path === target || path.startsWith(`${target}/`))
  );
  assertEquals(undesigned, []);
  for (const target of WRITABLE) assert(writable.includes(target), `${target} takes no file`);
}

/** Looks at the MountStatuses; a mount more or less over one of these places is a failure, too. */
export async function assertMountsAsDesigned(machine: TestMachine): Promise<void> {
  const response = await machine.http("/api/v1/resources/fs/MountStatuses.fs.strata");
  assertEquals(response.status, 200);
  const { items } = await response.json() as { items: readonly MountItem[] };
  for (const [target, layer] of Object.entries(LAYERS)) {
    const there = items.filter(({ spec }) => spec.target === target);
    assertEquals(there.length, 1, `mounts at ${target}`);
    const [mount] = there;
    assert(mount !== undefined);
    assertEquals([mount.spec.fstype, mount.spec.readOnly], [layer.fstype, layer.readOnly], target);
    for (const option of layer.options) {
      assert(mount.spec.options.includes(option), `${target} lacks ${option}`);
    }
  }
  for (const { spec } of items) {
    assert(
      spec.options.includes("nosuid") || spec.target === "/usr/bin/strata",
      `${spec.target} lacks nosuid`,
    );
    const tmpfsSized = spec.fstype !== "tmpfs" ||
      spec.superOptions.some((option) => option.startsWith("size="));
    assert(tmpfsSized, `${spec.target} has no bound`);
  }
}

interface MountItem {
  readonly spec: {
    readonly target: string;
    readonly fstype: string;
    readonly readOnly: boolean;
    readonly options: readonly string[];
    readonly superOptions: readonly string[];
  };
}
