/** Disks for tests of /var: blank ones, and ours. */
import { writeGpt } from "../../fs/gpt.ts";
import { markedTable, varTable } from "../../fs/var_partition.ts";
import { openVarVolume, type VolumeFacts } from "../../fs/var_volume.ts";
import type { FakeKernel } from "./kernel.ts";
import { PoweredKernel, xfsSuperblock } from "./powered_kernel.ts";

const MIB = 1024 * 1024;

/** The smallest that is taken. */
export const DISK_BYTES = 302 * MIB;

/** Nothing but zeros. */
export function blankDisk(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(DISK_BYTES);
}

/** A disk with our table on it, and `start` at the beginning of the partition. */
export function ourDisk(
  options: { readonly isUnused: boolean; readonly start?: Uint8Array },
): Uint8Array<ArrayBuffer> {
  const bytes = blankDisk();
  using device = new PoweredKernel({ vda: bytes }).openBlockDevice("/dev/vda", {
    access: "read-write",
  });
  const table = varTable(device, () => crypto.randomUUID());
  const { isUnused, start = xfsSuperblock({ isUnfinished: false }) } = options;
  writeGpt(device, markedTable(table, { number: 1, isUnused }), { first: "primary" });
  bytes.set(start, MIB);
  return bytes;
}

/** Opens the volume at /var; what would be slept is kept in `slept`. */
export function openVar(kernel: FakeKernel, slept: number[] = []): Promise<VolumeFacts> {
  return openVarVolume(kernel, {
    target: "/var",
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
  });
}
