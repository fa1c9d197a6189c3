/** Flags of the kernel's mount calls under their C names. */

/** Of mount(2). Source: linux/mount.h. */
// deno-fmt-ignore: a table
export const MS = {
  RDONLY: 0x1n, NOSUID: 0x2n, NODEV: 0x4n, NOEXEC: 0x8n, REMOUNT: 0x20n, BIND: 0x1000n, MOVE: 0x2000n, REC: 0x4000n,
  PRIVATE: 0x4_0000n, SLAVE: 0x8_0000n, SHARED: 0x10_0000n, RELATIME: 0x20_0000n, STRICTATIME: 0x100_0000n,
} as const;

/** Of mount_setattr(2). Source: linux/mount.h. */
// deno-fmt-ignore: a table
export const MOUNT_ATTR = { RDONLY: 0x1n, NOSUID: 0x2n, NODEV: 0x4n, NOEXEC: 0x8n } as const;
