/** Files as block devices. */
import { LO_FLAGS, LOOP, O } from "./constants.ts";
import { openFile } from "./descriptor.ts";
import type { LoopDevice } from "./kernel.ts";
import { cstr, type Libc } from "./libc.ts";

/** Bytes of struct loop_config: u32 fd, u32 block size, struct loop_info64, eight u64. Source: linux/loop.h. */
export const LOOP_CONFIG_BYTES = 304;
/** Where in it are the flags and the name of the file. */
export const LOOP_CONFIG_OFFSETS = { lo_flags: 60, lo_file_name: 64 } as const;
/** Bytes of a file's name that losetup shows, NUL included. Source: linux/loop.h, LO_NAME_SIZE. */
const NAME_BYTES_MAX = 64;
/** Devices tried while others take the one that was free. */
const TRIES_MAX = 16;

/** Attaches `file` read-only; the kernel detaches it when the last user, mounts included, has gone. */
export function attachLoop(libc: Libc, file: string): LoopDevice {
  using backing = openFile(libc, file, { flags: O.RDONLY });
  using control = openFile(libc, "/dev/loop-control", { flags: O.RDWR });
  const config = new Uint8Array(LOOP_CONFIG_BYTES);
  const view = new DataView(config.buffer);
  view.setUint32(0, backing.fd, true);
  view.setUint32(LOOP_CONFIG_OFFSETS.lo_flags, LO_FLAGS.READ_ONLY | LO_FLAGS.AUTOCLEAR, true);
  config.set(cstr(file).subarray(0, NAME_BYTES_MAX - 1), LOOP_CONFIG_OFFSETS.lo_file_name);
  for (let tries = 1;; tries++) {
    const number = libc.call.ioctl(control.fd, LOOP.CTL_GET_FREE, null);
    if (number < 0) throw libc.refused("LOOP_CTL_GET_FREE", "/dev/loop-control");
    const path = `/dev/loop${number}`;
    using undo = new DisposableStack();
    const device = undo.use(openFile(libc, path, { flags: O.RDONLY }));
    if (libc.call.ioctl(device.fd, LOOP.CONFIGURE, config) === 0) {
      undo.move();
      return { path, [Symbol.dispose]: () => device[Symbol.dispose]() };
    }
    const error = libc.refused("LOOP_CONFIGURE", file);
    if (!error.is("EBUSY") || tries === TRIES_MAX) throw error;
  }
}
