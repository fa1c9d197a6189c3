/** The copies of an XFS superblock, which the kernel keeps outside of its log. */
import { O, XFS_IOC } from "./constants.ts";
import { openFile } from "./descriptor.ts";
import type { Libc } from "./libc.ts";

/** Bytes of struct xfs_fsop_geom_v1 and of struct xfs_growfs_data. Source: xfs/xfs_fs.h. */
export const XFS_BYTES = { fsop_geom_v1: 112, growfs_data: 16 } as const;

/** Where the two fields that a growth must not change lie in the one, and in the other. Source: xfs/xfs_fs.h. */
export const XFS_OFFSETS = {
  fsop_geom_v1: { imaxpct: 28, datablocks: 32 },
  growfs_data: { newblocks: 0, imaxpct: 8 },
} as const;

/** A growth to the size there is: all the kernel then does is to write the copies. */
export function renewXfsCopies(libc: Libc, path: string): void {
  using place = openFile(libc, path, { flags: O.RDONLY | O.DIRECTORY });
  const geometry = new DataView(new ArrayBuffer(XFS_BYTES.fsop_geom_v1));
  if (libc.call.ioctl(place.fd, XFS_IOC.FSGEOMETRY_V1, new Uint8Array(geometry.buffer)) !== 0) {
    throw libc.refused("XFS_IOC_FSGEOMETRY_V1", path);
  }
  const { fsop_geom_v1: from, growfs_data: to } = XFS_OFFSETS;
  const growth = new DataView(new ArrayBuffer(XFS_BYTES.growfs_data));
  growth.setBigUint64(to.newblocks, geometry.getBigUint64(from.datablocks, true), true);
  growth.setUint32(to.imaxpct, geometry.getUint32(from.imaxpct, true), true);
  if (libc.call.ioctl(place.fd, XFS_IOC.FSGROWFSDATA, new Uint8Array(growth.buffer)) !== 0) {
    throw libc.refused("XFS_IOC_FSGROWFSDATA", path);
  }
}
