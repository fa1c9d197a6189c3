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
  /** MiB it may hold at most, where it lies in memory. */
  readonly mib?: number;
}

const SEALED = ["nosuid", "nodev", "noexec"];
const FILE = { fstype: "tmpfs", readOnly: true, options: ["ro", ...SEALED] };

const LAYERS: Readonly<Record<string, Layer>> = {
  "/": { fstype: "squashfs", readOnly: true, options: ["ro", "nosuid", "nodev"] },
  "/dev": { fstype: "devtmpfs", readOnly: false, options: ["nosuid", "noexec"] },
  "/proc": { fstype: "proc", readOnly: false, options: SEALED },
  "/sys": { fstype: "sysfs", readOnly: false, options: SEALED },
  "/dev/pts": { fstype: "devpts", readOnly: false, options: ["nosuid", "noexec"] },
  "/dev/shm": { fstype: "tmpfs", readOnly: false, options: SEALED, mib: 64 },
  "/sys/fs/cgroup": { fstype: "cgroup2", readOnly: false, options: SEALED },
  "/run": { fstype: "tmpfs", readOnly: false, options: SEALED, mib: 128 },
  "/tmp": { fstype: "tmpfs", readOnly: false, options: SEALED, mib: 192 },
  "/system": { fstype: "tmpfs", readOnly: false, options: SEALED, mib: 32 },
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

/** File systems by which the kernel shows itself: no file is made there. */
const SHOWN = ["proc", "sysfs", "devpts", "cgroup2"];

/** Where files may be made: on tmpfs and devtmpfs, on /var, and in what keeps its changes there. */
const WRITABLE = Object.entries(LAYERS)
  .filter(([, { fstype, readOnly }]) => !readOnly && !SHOWN.includes(fstype))
  .map(([target]) => target);

/** Where programs run from what can be written: what containers unpack, and what workloads install. */
const EXECUTABLE = ["/var", "/opt"];

/** File systems of devices, which lie in /dev alone. */
const DEVICES = ["devtmpfs", "devpts"];

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
    const { mib } = layer;
    if (mib !== undefined) assertEquals(mount.spec.sizeBytes, String(mib << 20), target);
  }
  for (const { spec } of items) assertMountLawful(spec);
}

/** The rules that every mount of the machine keeps to, whoever made it. */
function assertMountLawful({ target, fstype, readOnly, options, superOptions }: MountFacts): void {
  assert(options.includes("nosuid"), `${target} lacks nosuid`);
  const holdsDevices = DEVICES.includes(fstype) && /^\/dev(\/|$)/.test(target);
  assert(holdsDevices || options.includes("nodev"), `${target} lacks nodev`);
  const runsPrograms = readOnly || EXECUTABLE.includes(target);
  assert(runsPrograms || options.includes("noexec"), `${target} lacks noexec`);
  const isBounded = superOptions.some((option) => option.startsWith("size="));
  assert(fstype !== "tmpfs" || isBounded, `${target} has no bound`);
  // What holds a service in its cgroup.
  const isDelegated = superOptions.includes("nsdelegate");
  assert(fstype !== "cgroup2" || isDelegated, `${target} lacks nsdelegate`);
}

interface MountFacts {
  readonly target: string;
  readonly fstype: string;
  readonly readOnly: boolean;
  readonly options: readonly string[];
  readonly superOptions: readonly string[];
  readonly sizeBytes: string;
}

interface MountItem {
  readonly spec: MountFacts;
}
