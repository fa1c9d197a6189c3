/** What the probe measures inside the machine: reading the whole root with and without its proof. */
import { MS } from "../../fs/kernel/constants.ts";
import type { Kernel, LoopDevice } from "../../fs/kernel/kernel.ts";
import { ROOT_DEVICE } from "../../fs/root_image.ts";
import { rootHashOf, verityRequest } from "../../fs/verity_device.ts";

const FOLDER = "/tmp/reading";

const DEVICE = "probe-reading";

/** Bytes read at once. */
const PIECE_BYTES = 1 << 20;

/** Milliseconds, nothing cached before. */
export interface ReadingCost {
  readonly bytes: number;
  /** The block device from its first to its last byte. */
  readonly plainDevice: number;
  readonly provenDevice: number;
  /** Every file, unpacked by squashfs. */
  readonly plainFiles: number;
  readonly provenFiles: number;
  /** What the kernel computes SHA-256 with. */
  readonly digestDriver: string;
}

/** Reads copies of the root: first without proof, then with. The machine does nothing else meanwhile. */
export function readingCost(kernel: Kernel): ReadingCost {
  const root = kernel.mappedDevice(ROOT_DEVICE);
  const words = root.parameters.split(" ");
  const loop = (numbers = ""): string => `/dev/loop${numbers.replace(/^7:/, "")}`;
  using undo = new DisposableStack();
  kernel.mkdir(FOLDER, 0o700);
  undo.defer(() => kernel.remove(FOLDER, { recursive: true }));
  const copy = (from: string, name: string): LoopDevice => {
    using device = kernel.openBlockDevice(from, { access: "read-only" });
    const path = `${FOLDER}/${name}`;
    kernel.writeFile(path, device.readAt(0n, Number(device.sizeBytes)), { mode: 0o600 });
    return undo.use(kernel.attachLoop(path));
  };
  const plain = copy(loop(words[1]), "plain").path;
  const request = verityRequest({
    ...{ name: DEVICE, data: copy(loop(words[1]), "data").path },
    ...{ tree: copy(loop(words[2]), "tree").path, dataBlocks: Number(words[5]) },
    ...{ salt: words[9] ?? "", rootHash: rootHashOf(root) ?? "" },
  });
  const proven = kernel.createMapped({ ...request, uuid: DEVICE });
  undo.defer(() => kernel.removeMapped(DEVICE));
  const show = (source: string, name: string): string => {
    const target = `${FOLDER}/${name}-files`;
    kernel.mkdir(target, 0o700);
    kernel.mount({ source, target, fstype: "squashfs", flags: MS.RDONLY, data: "" });
    undo.defer(() => kernel.unmount(target));
    return target;
  };
  const [plainAt, provenAt] = [show(plain, "plain"), show(proven, "proven")];
  return {
    bytes: Number(root.sectors) * 512,
    plainDevice: cold(kernel, () => readDevice(kernel, plain)),
    provenDevice: cold(kernel, () => readDevice(kernel, proven)),
    plainFiles: cold(kernel, () => readFiles(plainAt)),
    provenFiles: cold(kernel, () => readFiles(provenAt)),
    digestDriver: digestDriver(kernel),
  };
}

function cold(kernel: Kernel, read: () => void): number {
  kernel.writeFile("/proc/sys/vm/drop_caches", "3", { mode: 0o644, direct: true });
  const startMs = performance.now();
  read();
  return performance.now() - startMs;
}

function readDevice(kernel: Kernel, path: string): void {
  using device = kernel.openBlockDevice(path, { access: "read-only" });
  for (let at = 0n; at < device.sizeBytes; at += BigInt(PIECE_BYTES)) {
    const left = device.sizeBytes - at;
    device.readAt(at, left < PIECE_BYTES ? Number(left) : PIECE_BYTES);
  }
}

function readFiles(directory: string): void {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) readFiles(path);
    else if (isFile) Deno.readFileSync(path);
  }
}

/** Of several the kernel takes the one of the highest priority. */
function digestDriver(kernel: Kernel): string {
  let [driver, most] = ["unknown", -1];
  for (const block of kernel.readText("/proc/crypto").split("\n\n")) {
    const field = (name: string): string =>
      new RegExp(`^${name}\\s*: (.*)$`, "m").exec(block)?.[1] ?? "";
    const priority = Number(field("priority"));
    if (field("name") !== "sha256" || priority <= most) continue;
    [driver, most] = [field("driver"), priority];
  }
  return driver;
}
