/** A machine in memory: an initramfs with its image and disk, and the life of an agent in it without a socket. */
import type { Http2ListenOptions } from "../../api/listen_http2.ts";
import type { UnixOptions } from "../../api/listen_unix.ts";
import { APID_CODE_CACHE, CODE_CACHE } from "../../fs/code_cache_paths.ts";
import { writeGpt } from "../../fs/gpt.ts";
import type { Ending } from "../../fs/kernel/kernel.ts";
import { varTable } from "../../fs/var_partition.ts";
import { raiseRoot } from "../../roles/boot.ts";
import { liveMachine, type MachineParts } from "../../roles/machine.ts";
import type { MachineOutside } from "../../roles/machine_outside.ts";
import type { HealthProbe } from "../../runtime/controllers/services/service_world.ts";
import { Timeline } from "../../roles/timeline.ts";
import { FakeKernel } from "./kernel.ts";
import { FakeLog } from "./log.ts";
import { addSignedRoot } from "./signed_root.ts";

/** What `ip=` and others say unless a test says otherwise. */
export const COMMAND_LINE = "ip=10.0.2.15::10.0.2.2:255.255.255.0:box:eth0:off:10.0.2.3 " +
  "strata.http=0.0.0.0:50080";

/** Where the image keeps its modules. */
const MODULES = "lib/modules/6.12.0-test";

/** Modules of the image; the first five are in the initramfs as well. */
const MODULE_NAMES = [
  ...["loop", "dm-mod", "dm-bufio", "dm-verity", "squashfs"],
  ...["i6300esb", "softdog", "virtio_net", "qemu_fw_cfg"],
  ...["virtio_blk", "xfs", "overlay"],
];

/** What a module needs, as modules.dep has it. */
const NEEDS: Readonly<Record<string, string>> = {
  "dm-bufio": " dm-mod.ko",
  "dm-verity": " dm-bufio.ko dm-mod.ko",
};

/** Directories of the image, each with a file so that it is there. */
const DIRECTORIES = [
  "dev",
  "proc",
  "sys",
  "run",
  "tmp",
  "system",
  "var",
  "etc/kubernetes",
  "etc/cni",
  "opt",
  "usr/lib",
  "usr/lib64",
];

/** Bytes of the disk: the least that holds a partition, and a bit. */
const DISK_BYTES = 4 << 20;

/** Where a partition begins. */
const PARTITION_AT = 1 << 20;

/** Fills a kernel with what QEMU and the image give a machine. @returns The same kernel. */
export function furnish<K extends FakeKernel>(kernel: K, commandLine = COMMAND_LINE): K {
  kernel.addFile("/proc/cmdline", commandLine);
  kernel.addFile("/proc/sys/kernel/osrelease", "6.12.0-test\n");
  kernel.addFile("/proc/sys/kernel/random/boot_id", "boot-1\n");
  kernel.addFile("/proc/sys/user/max_user_namespaces", "1000\n");
  kernel.addFile("/proc/sys/net/ipv4/tcp_keepalive_time", "7200\n");
  kernel.addFile("/proc/sys/net/ipv4/tcp_keepalive_intvl", "75\n");
  kernel.addFile("/sys/firmware/qemu_fw_cfg/by_name/opt/strata/token/raw", "hush\n");
  kernel.addWatchdog("/dev/watchdog", { identity: "fake" });
  // Its network face, which runs until it is asked to end.
  kernel.onProgram("/usr/bin/strata", () => {});
  for (const path of ["/dev/null", "/dev/urandom"]) kernel.addNode(path, "character");
  kernel.links.set("eth0", { up: false, addresses: [] });
  for (const path of ["/init", "/strata"]) kernel.addFile(path, "the agent");
  kernel.addFile(CODE_CACHE, "what V8 made of the agent");
  const modules = MODULE_NAMES.map((name) => [`${MODULES}/${name}.ko`, name] as const);
  const table = MODULE_NAMES.map((name) => `${name}.ko:${NEEDS[name] ?? ""}\n`).join("");
  kernel.addFile(`/${MODULES}/modules.dep`, table);
  for (const [path, name] of modules.slice(0, 5)) kernel.addFile(`/${path}`, name);
  addSignedRoot(kernel, {
    ...Object.fromEntries(modules),
    ...Object.fromEntries(DIRECTORIES.map((directory) => [`${directory}/.keep`, ""])),
    [`${MODULES}/modules.dep`]: table,
    "usr/bin/strata": "",
    [APID_CODE_CACHE.slice(1)]: "what V8 made of the network face",
    "etc/os-release": 'NAME=Strata\nBUILD_ID="abc"\n',
    "etc/hosts": "of the image\n",
    "etc/hostname": "of the image\n",
    "etc/resolv.conf": "of the image\n",
    "etc/machine-id": "",
  });
  addDataDisk(kernel);
  return kernel;
}

/** A disk with our partition and an XFS file system on it. */
function addDataDisk(kernel: FakeKernel): void {
  const bytes = new Uint8Array(DISK_BYTES);
  // As if made by a kernel of its own: whatever the test refuses begins later.
  const maker = new FakeKernel();
  maker.addDisk("/dev/vda", bytes);
  using disk = maker.openBlockDevice("/dev/vda", { access: "read-write" });
  writeGpt(disk, varTable(disk, () => crypto.randomUUID()), { first: "primary" });
  bytes.set(new TextEncoder().encode("XFSB"), PARTITION_AT);
  // As large as its partition: there is nothing to grow.
  const superblock = new DataView(bytes.buffer, PARTITION_AT);
  superblock.setUint32(4, 4096);
  superblock.setBigUint64(8, BigInt((DISK_BYTES - PARTITION_AT) / 4096));
  kernel.addFile("/sys/block/vda/size", `${DISK_BYTES / 512}\n`);
  kernel.addFile("/sys/block/vda/ro", "0\n");
  kernel.addDisk("/dev/vda", bytes);
  kernel.addDisk("/dev/vda1", bytes.subarray(PARTITION_AT));
}

/** Listeners that are asked by function, and signals that are raised by name. */
export class FakeOutside implements MachineOutside {
  readonly listening: UnixOptions[] = [];
  readonly http2: Http2ListenOptions[] = [];
  /** Finds every service well. */
  readonly probe: HealthProbe = { ask: () => Promise.resolve("well") };
  readonly #signals = new Map<string, () => void>();
  readonly #kernel: FakeKernel;

  /** @param kernel Where the files of sockets are made; nowhere unless given. */
  constructor(kernel = new FakeKernel()) {
    this.#kernel = kernel;
  }

  listenUnix(options: UnixOptions): Promise<{ closed: Promise<void> }> {
    this.listening.push(options);
    return Promise.resolve({ closed: this.#socketAt(options.path, options.signal) });
  }

  listenHttp2(options: Http2ListenOptions): Promise<{ closed: Promise<void> }> {
    this.http2.push(options);
    const { address, signal } = options;
    const closed = "path" in address ? this.#socketAt(address.path, signal) : aborted(signal);
    return Promise.resolve({ closed });
  }

  /** Makes the file of a socket, and takes it away at the end. */
  async #socketAt(path: string, signal: AbortSignal): Promise<void> {
    this.#kernel.addNode(path, "socket");
    await aborted(signal);
    if (this.#kernel.lstat(path) !== undefined) this.#kernel.remove(path);
  }

  onSignal(name: Deno.Signal, act: () => void, until: AbortSignal): void {
    this.#signals.set(name, act);
    until.addEventListener("abort", () => this.#signals.delete(name), { once: true });
  }

  /** Signals somebody listens to. */
  get signals(): readonly string[] {
    return [...this.#signals.keys()];
  }

  /** Has the process get a signal. */
  raise(name: Deno.Signal): void {
    this.#signals.get(name)?.();
  }

  /** Asks the API as a tool inside of the machine does. */
  async ask(path: string, init?: RequestInit): Promise<Response> {
    // Each socket is told of all that the machine answers by.
    const first = [...this.listening, ...this.http2].find((each) => "handle" in each);
    if (first === undefined) throw new Error(`Cannot ask "${path}": nobody listens`);
    return await first.handle(new Request(`http://localhost${path}`, init), { transport: "unix" });
  }

  /** The spec of one resource, as JSON. */
  async spec(path: string): Promise<Readonly<Record<string, unknown>>> {
    const response = await this.ask(`/api/v1/resources/${path}`);
    const { spec } = await response.json();
    return spec;
  }
}

/** A life that has begun. */
export interface FakeLife {
  readonly kernel: FakeKernel;
  readonly log: FakeLog;
  readonly timeline: Timeline;
  readonly outside: FakeOutside;
  /** Ends with the machine. Awaited by nobody, its rejection is not lost. */
  readonly ending: Promise<Ending>;
  /** Lines of the log as one text. */
  said(): string;
}

/** Begins a life as init does. Returns at once. */
export function beginFakeLife(
  kernel: FakeKernel,
  options: Pick<MachineParts, "endMs" | "faceMs"> = {},
): FakeLife {
  const log = new FakeLog();
  const outside = new FakeOutside(kernel);
  const timeline = new Timeline(() => kernel.uptimeMs(), log);
  const ending = (async () => {
    const early = await raiseRoot(kernel, timeline);
    return await liveMachine({ ...early, ...options, kernel, timeline, log, outside });
  })();
  ending.catch(() => {});
  const said = (): string =>
    log.lines.map(({ level, message, facts }) => `${level} ${message} ${shown(facts)}`).join("\n");
  return { kernel, log, timeline, outside, ending, said };
}

/** Waits until `wanted` holds, looking whenever the event loop turned; what `life` ends with ends the wait. */
export async function untilLife(life: FakeLife, wanted: () => boolean): Promise<void> {
  let over: unknown;
  life.ending.then(
    () => over = new Error("the life ended"),
    (error: unknown) => over = error,
  );
  while (!wanted()) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (over !== undefined) throw over;
  }
}

/** Whether the boot has said that it is through, ready or not. */
export function isUp({ log }: FakeLife): boolean {
  return log.lines.some(({ message }) => /^(ready|reachable) on /.test(message));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function shown(facts: Readonly<Record<string, unknown>>): string {
  return Object.values(facts).map(String).join(" ");
}
