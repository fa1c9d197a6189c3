/** Mapped devices in {@linkcode FakeKernel}: the kind `verity`, which checks what it reads. */
import { createHash } from "node:crypto";
import type {
  BlockDevice,
  MappedDeviceFacts,
  MappedDeviceRequest,
} from "../../fs/kernel/kernel.ts";
import { VERITY_BLOCK_BYTES, verityLevels } from "../../fs/verity_layout.ts";
import { FakeDevices } from "./kernel_devices.ts";
import { type Disk, type Inode, refusal } from "./kernel_tree.ts";

const CONTROL = "/dev/mapper/control";

/** Bytes with their NUL, of a whole exchange at last. */
const BYTES_MAX = { name: 128, uuid: 129, type: 16, parameters: 16 * 1024 - 312 - 40 };

interface Mapped {
  readonly request: MappedDeviceRequest;
  readonly path: string;
  readonly node: Inode;
  /** Paths of the devices it is made of. */
  readonly parts: readonly string[];
  isCorrupt: boolean;
  opened: number;
}

/** The part of the fake that maps devices. */
export class FakeMappedDevices extends FakeDevices {
  readonly #mapped = new Map<string, Mapped>();

  createMapped(request: MappedDeviceRequest): string {
    const { name, uuid } = request;
    this.enter("DM_DEV_CREATE", name);
    for (const field of ["name", "uuid", "type", "parameters"] as const) {
      const { length } = new TextEncoder().encode(`${request[field]}\0`);
      if (length <= BYTES_MAX[field] && !request[field].includes("\0")) continue;
      throw new RangeError(`Cannot use a ${field} of ${length - 1} bytes`);
    }
    this.tree.walk("open", CONTROL);
    const isTaken = [...this.#mapped.values()].some((each) =>
      each.request.name === name || (uuid !== "" && each.request.uuid === uuid)
    );
    if (isTaken) throw refusal("DM_DEV_CREATE", name, "EBUSY");
    this.enter("DM_TABLE_LOAD", name);
    if (request.type !== "verity") throw refusal("DM_TABLE_LOAD", name, "EINVAL");
    const parts = request.parameters.split(" ").slice(1, 3);
    const disk = this.#verityDisk(request);
    this.enter("DM_DEV_SUSPEND", name);
    const path = this.#freePath();
    let node: Inode | undefined;
    this.addNode(path, "block", (inode) => {
      inode.disk = disk;
      node = inode;
    });
    if (node === undefined) throw new Error(`Cannot add ${path}`);
    this.#mapped.set(name, { request, path, node, parts, isCorrupt: false, opened: 0 });
    return path;
  }

  removeMapped(name: string): void {
    this.enter("DM_DEV_REMOVE", name);
    const mapped = this.#find("DM_DEV_REMOVE", name);
    const isMounted = this.tree.mounts.some((mount) => mount.source === mapped.path);
    if (isMounted || mapped.opened > 0) throw refusal("DM_DEV_REMOVE", name, "EBUSY");
    this.#mapped.delete(name);
    mapped.node.disk = undefined;
    this.remove(mapped.path);
    for (const part of mapped.parts) this.releaseLoop(part);
  }

  mappedDevice(name: string): MappedDeviceFacts {
    this.enter("DM_TABLE_STATUS", name);
    const { request, path, isCorrupt } = this.#find("DM_TABLE_STATUS", name);
    const { name: _, ...facts } = request;
    const parameters = facts.parameters.replaceAll("/dev/loop", "7:");
    return { ...facts, parameters, path, readOnly: true, status: isCorrupt ? "C" : "V" };
  }

  override openBlockDevice(
    path: string,
    options: { readonly access: "read-only" | "read-write" },
  ): BlockDevice {
    const device = super.openBlockDevice(path, options);
    const mapped = [...this.#mapped.values()].find((each) => each.path === path);
    if (mapped === undefined) return device;
    mapped.opened += 1;
    const closing = new DisposableStack();
    closing.defer(() => {
      mapped.opened -= 1;
    });
    closing.use(device);
    return {
      ...device,
      writeAt: () => {
        throw refusal("pwrite", path, "EPERM");
      },
      [Symbol.dispose]: () => closing.dispose(),
    };
  }

  protected override isHeld(path: string): boolean {
    return super.isHeld(path) ||
      [...this.#mapped.values()].some(({ parts }) => parts.includes(path));
  }

  #find(call: string, name: string): Mapped {
    this.tree.walk("open", CONTROL);
    const mapped = this.#mapped.get(name);
    if (mapped === undefined) throw refusal(call, name, "ENXIO");
    return mapped;
  }

  #freePath(): string {
    const taken = new Set([...this.#mapped.values()].map(({ path }) => path));
    for (let minor = 0;; minor++) {
      if (!taken.has(`/dev/dm-${minor}`)) return `/dev/dm-${minor}`;
    }
  }

  #diskAt(name: string, path: string): Disk {
    const disk = this.lstat(path) && this.tree.walk("open", path).inode.disk;
    if (disk === undefined) throw refusal("DM_TABLE_LOAD", name, "EINVAL");
    return disk;
  }

  #verityDisk({ name, parameters, sectors }: MappedDeviceRequest): Disk {
    const form = /^1 (\S+) (\S+) 4096 4096 (\d+) 0 sha256 ([0-9a-f]{64}) ((?:[0-9a-f]{2})+)$/.exec(
      parameters,
    );
    if (form === null) throw refusal("DM_TABLE_LOAD", name, "EINVAL");
    const [, dataPath = "", treePath = "", blocks, rootHash = "", salt = ""] = form;
    const data = this.#diskAt(name, dataPath);
    const tree = this.#diskAt(name, treePath);
    const dataBlocks = Number(blocks);
    const size = dataBlocks * VERITY_BLOCK_BYTES;
    const fits = size <= data.bytes.length && BigInt(size) >= sectors * 512n;
    if (!fits) throw refusal("DM_TABLE_LOAD", name, "EINVAL");
    const proof = { tree: tree.bytes, levels: verityLevels(dataBlocks), rootHash, salt };
    return {
      bytes: data.bytes.subarray(0, size),
      sectorBytes: 512,
      check: (path, offset, length) => {
        const last = Math.ceil((offset + length) / VERITY_BLOCK_BYTES);
        for (let block = Math.floor(offset / VERITY_BLOCK_BYTES); block < last; block++) {
          if (isProven(proof, { bytes: blockOf(data.bytes, block), index: block, level: -1 })) {
            continue;
          }
          const mapped = this.#mapped.get(name);
          if (mapped !== undefined) mapped.isCorrupt = true;
          throw refusal("pread", path, "EIO");
        }
      },
    };
  }
}

interface Proof {
  readonly tree: Uint8Array;
  readonly levels: ReturnType<typeof verityLevels>;
  readonly rootHash: string;
  readonly salt: string;
}

/** Whether a block is what the level above it says, and so on up to the root hash. */
function isProven(
  proof: Proof,
  of: { readonly bytes: Uint8Array; readonly index: number; readonly level: number },
): boolean {
  const salt = Uint8Array.fromHex(proof.salt);
  const digest = createHash("sha256").update(salt).update(of.bytes).digest("hex");
  const above = proof.levels[of.level + 1];
  if (above === undefined) return digest === proof.rootHash;
  const index = Math.floor(of.index / 128);
  const bytes = blockOf(proof.tree, above.at + index);
  const at = (of.index % 128) * 32;
  return bytes.subarray(at, at + 32).toHex() === digest &&
    isProven(proof, { bytes, index, level: of.level + 1 });
}

function blockOf(bytes: Uint8Array, block: number): Uint8Array {
  return bytes.subarray(block * VERITY_BLOCK_BYTES, (block + 1) * VERITY_BLOCK_BYTES);
}
