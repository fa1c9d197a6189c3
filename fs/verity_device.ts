/** A device that reads as its data, block by block proven by a hash tree, or not at all. */
import type { MappedDeviceRequest } from "./kernel/kernel.ts";
import { VERITY_BLOCK_BYTES } from "./verity_layout.ts";

/** Bytes of a sector, in which device-mapper counts. */
const SECTOR_BYTES = 512;

/** What is proven by what. */
export interface VerityDevice {
  /** Of the mapped device: unique. */
  readonly name: string;
  /** Path of the block device that holds the data. */
  readonly data: string;
  /** Path of the block device that holds the tree, from its first block. */
  readonly tree: string;
  readonly dataBlocks: number;
  /** 64 hexadecimal digits each. */
  readonly salt: string;
  readonly rootHash: string;
}

/**
 * The request for `Kernel.createMapped()`.
 *
 * A block that does not fit its digest reads as EIO, and nothing else happens: what lies elsewhere is still true, so the
 * machine goes on and can be asked, where a panic or a restart would end it over a file nobody may need.
 */
export function verityRequest(device: VerityDevice): MappedDeviceRequest {
  const { name, data, tree, dataBlocks, salt, rootHash } = device;
  const blocks = `${VERITY_BLOCK_BYTES} ${VERITY_BLOCK_BYTES} ${dataBlocks} 0`;
  return {
    name,
    uuid: `STRATA-VERITY-${rootHash}`,
    type: "verity",
    sectors: BigInt(dataBlocks) * BigInt(VERITY_BLOCK_BYTES / SECTOR_BYTES),
    parameters: `1 ${data} ${tree} ${blocks} sha256 ${rootHash} ${salt}`,
  };
}

/** The root hash of an active verity device, by its parameters as the kernel tells them; undefined when it is none. */
export function rootHashOf(
  device: { readonly type: string; readonly parameters: string },
): string | undefined {
  const words = device.parameters.split(" ");
  const rootHash = words[8] ?? "";
  const isOurs = device.type === "verity" && words[0] === "1" && /^[0-9a-f]{64}$/.test(rootHash);
  return isOurs ? rootHash : undefined;
}
