/** What the probe does with verity inside the machine: its conformance, and flipped bits in copies of its own root. */
import type { Kernel, LoopDevice } from "../../fs/kernel/kernel.ts";
import { SyscallError } from "../../fs/kernel/syscall_error.ts";
import { ManifestError } from "../../fs/manifest.ts";
import { publicKeyPem } from "../../fs/manifest_signature.ts";
import { ROOT_DEVICE } from "../../fs/root_image.ts";
import { readSignedRoot } from "../../fs/root_manifest.ts";
import { rootHashOf, verityRequest } from "../../fs/verity_device.ts";
import { VERITY_BLOCK_BYTES } from "../../fs/verity_layout.ts";
import { mapperConformance } from "../conformance/kernel_mapper.ts";

/** Where copies are made: a tmpfs of the machine. */
const FOLDER = "/tmp/verity";

/** Name of the probe's own device. */
const DEVICE = "probe";

/** Bits to flip, counted from the first bit of the first byte. */
export interface VerityFlips {
  readonly data: readonly number[];
  readonly tree: readonly number[];
}

/** How the blocks of the data read then. */
export interface VerityReading {
  /** Blocks that gave an I/O error. */
  readonly refused: readonly number[];
  /** Blocks that gave other bytes than the root's, each alone or as the first of those read at once: there must be none. */
  readonly wrong: readonly number[];
  /** How often all was asked for and came out true. */
  readonly blocks: number;
}

/** Runs the suite of mapped devices. @returns What each claim failed with; "" when it holds. */
export async function conformance(kernel: Kernel): Promise<Readonly<Record<string, string>>> {
  const results: Record<string, string> = {};
  const claims: (() => Promise<void>)[] = [];
  const missing = (): never => {
    throw new Error("the machine has no such tool");
  };
  mapperConformance((name, body) => {
    claims.push(async () => {
      kernel.mkdir(FOLDER, 0o700);
      const bench = {
        ...{ kernel, root: FOLDER, tools: { talker: "", killed: "", sleeper: "", chatty: "" } },
        ...{ makeFifo: missing, makeImage: missing, sayToKernel: missing, cgroup: "" },
        setAttributes: missing,
        [Symbol.dispose]: () => {},
      };
      results[name] = await Promise.try(() => body(bench)).then(() => "", String);
      kernel.remove(FOLDER, { recursive: true });
    });
  });
  for (const claim of claims) await claim();
  return results;
}

/** Copies the machine's root and its tree, flips bits in the copies, and reads every block through a device of their own. */
export function readFlipped(kernel: Kernel, flips: VerityFlips): VerityReading {
  const root = kernel.mappedDevice(ROOT_DEVICE);
  const [, data = "", tree = "", , , blocks, , , , salt = ""] = root.parameters.split(" ");
  const dataBlocks = Number(blocks);
  kernel.mkdir(FOLDER, 0o700);
  using undo = new DisposableStack();
  undo.defer(() => kernel.remove(FOLDER, { recursive: true }));
  // The kernel tells devices by their numbers: 7 is loop, the minor number is in the name.
  const loop = (numbers: string): string => `/dev/loop${numbers.replace(/^7:/, "")}`;
  const copy = (from: string, bits: readonly number[]): LoopDevice => {
    using device = kernel.openBlockDevice(from, { access: "read-only" });
    const bytes = device.readAt(0n, Number(device.sizeBytes));
    for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const path = `${FOLDER}/${from.replaceAll("/", "-")}`;
    kernel.writeFile(path, bytes, { mode: 0o600 });
    return undo.use(kernel.attachLoop(path));
  };
  const request = verityRequest({
    ...{ name: DEVICE, dataBlocks, salt, rootHash: rootHashOf(root) ?? "" },
    ...{ data: copy(loop(data), flips.data).path, tree: copy(loop(tree), flips.tree).path },
  });
  const path = kernel.createMapped({ ...request, uuid: "probe" });
  undo.defer(() => kernel.removeMapped(DEVICE));
  return compare(kernel, { path, truth: root.path, dataBlocks });
}

/** Blocks read at once while none of them is refused. */
const BLOCKS_AT_ONCE = 32;

function compare(
  kernel: Kernel,
  of: { readonly path: string; readonly truth: string; readonly dataBlocks: number },
): VerityReading {
  using flipped = kernel.openBlockDevice(of.path, { access: "read-only" });
  using truth = kernel.openBlockDevice(of.truth, { access: "read-only" });
  const refused: number[] = [];
  const wrong: number[] = [];
  const read = (first: number, blocks: number): void => {
    const at = BigInt(first) * BigInt(VERITY_BLOCK_BYTES);
    const length = blocks * VERITY_BLOCK_BYTES;
    try {
      const is = flipped.readAt(at, length);
      if (!sameWords(is, truth.readAt(at, length))) wrong.push(first);
    } catch (error) {
      if (!(error instanceof SyscallError && error.is("EIO"))) throw error;
      if (blocks === 1) refused.push(first);
      else for (let block = first; block < first + blocks; block++) read(block, 1);
    }
  };
  for (let block = 0; block < of.dataBlocks; block += BLOCKS_AT_ONCE) {
    read(block, Math.min(BLOCKS_AT_ONCE, of.dataBlocks - block));
  }
  return { refused, wrong, blocks: of.dataBlocks };
}

/** Whether two arrays of their own buffers are the same, four bytes at a time: an emulated machine is slow. */
function sameWords(one: Uint8Array<ArrayBuffer>, other: Uint8Array<ArrayBuffer>): boolean {
  const [words, others] = [new Uint32Array(one.buffer), new Uint32Array(other.buffer)];
  if (words.length !== others.length) return false;
  for (let index = 0; index < words.length; index++) {
    if (words[index] !== others[index]) return false;
  }
  return true;
}

/** A signed manifest as the machine tells it, and one bit of it to flip. */
export interface SignatureFlip {
  readonly manifest: string;
  readonly signature: string;
  readonly publicKey: string;
  readonly flip: { readonly of: "manifest" | "signature"; readonly bit: number } | undefined;
}

/** Reads it as the boot does. @returns Why it was refused; "" when it was believed. */
export async function believe(kernel: Kernel, told: SignatureFlip): Promise<string> {
  const files = {
    manifest: new TextEncoder().encode(told.manifest),
    signature: Uint8Array.fromHex(told.signature),
  };
  if (told.flip !== undefined) {
    const { of, bit } = told.flip;
    const bytes = files[of];
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  }
  kernel.mkdir(FOLDER, 0o700);
  const path = (name: string): string => `${FOLDER}/${name}`;
  kernel.writeFile(path("key"), publicKeyPem(told.publicKey), { mode: 0o600 });
  kernel.writeFile(path("manifest"), files.manifest, { mode: 0o600 });
  kernel.writeFile(path("signature"), files.signature, { mode: 0o600 });
  try {
    await readSignedRoot(kernel, {
      ...{ key: path("key"), manifest: path("manifest"), signature: path("signature") },
      // Not here any more: the sizes are asked for once all else is believed.
      ...{ image: path("image"), hashTree: path("hashTree") },
    });
    return "";
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return error.message;
  } finally {
    kernel.remove(FOLDER, { recursive: true });
  }
}
