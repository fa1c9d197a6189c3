/** The disk of machines whose power is cut. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";

/** Bytes of it: 300 MiB are the least that mkfs.xfs takes, and the table has 1 MiB at each end. */
export const POWER_DISK_BYTES = 302 * 1024 * 1024;

/** Bytes of it once it has grown. */
export const GROWN_DISK_BYTES = POWER_DISK_BYTES + 40 * 1024 * 1024;

/** Where its first partition begins. */
export const PARTITION_AT = 1024 * 1024;

/** Makes an empty disk, `base.img`, in `folder`. */
export async function makeBlankBase(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  using file = await Deno.open(join(folder, "base.img"), { write: true, createNew: true });
  await file.truncate(POWER_DISK_BYTES);
}
