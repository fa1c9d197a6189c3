/** Devices that reset the machine unless they hear from us. */
import { O, WDIOC, WDIOF } from "./constants.ts";
import { type Descriptor, openFile, writeOn } from "./descriptor.ts";
import type { Watchdog } from "./kernel.ts";
import { type Libc, textOf } from "./libc.ts";

/** Bytes of struct watchdog_info: u32 options, u32 firmware version, 32 of identity. Source: linux/watchdog.h. */
export const WATCHDOG_INFO_BYTES = 40;
/** Where in it the identity is. */
const IDENTITY_OFFSET = 8;

/** Opens a watchdog, which begins to watch. It goes on watching, with nobody to tell it, unless disarmed. */
export function openWatchdog(libc: Libc, path: string, timeoutSeconds: number): Watchdog {
  const device = openFile(libc, path, { flags: O.WRONLY });
  const info = new Uint8Array(WATCHDOG_INFO_BYTES);
  const isKnown = libc.call.ioctl(device.fd, WDIOC.GETSUPPORT, info) === 0;
  if (!isKnown) {
    const error = libc.refused("WDIOC_GETSUPPORT", path);
    disarm(libc, device);
    throw error;
  }
  const can = new DataView(info.buffer).getUint32(0, true);
  // What it does not let us set it keeps as it is, and we learn below.
  if ((can & WDIOF.SETTIMEOUT) !== 0) {
    libc.call.ioctl(device.fd, WDIOC.SETTIMEOUT, new Int32Array([timeoutSeconds]));
  }
  const chosen = new Int32Array([timeoutSeconds]);
  libc.call.ioctl(device.fd, WDIOC.GETTIMEOUT, chosen);
  const bootStatus = new Int32Array(1);
  libc.call.ioctl(device.fd, WDIOC.GETBOOTSTATUS, bootStatus);
  return {
    path,
    identity: textOf(info.subarray(IDENTITY_OFFSET)),
    timeoutSeconds: chosen[0] ?? timeoutSeconds,
    causedLastReset: ((bootStatus[0] ?? 0) & WDIOF.CARDRESET) !== 0,
    keepAlive() {
      if (libc.call.ioctl(device.fd, WDIOC.KEEPALIVE, new Int32Array(1)) !== 0) {
        throw libc.refused("WDIOC_KEEPALIVE", path);
      }
    },
    disarm: () => disarm(libc, device),
  };
}

/** A "V" just before closing says that the close is meant. */
function disarm(libc: Libc, device: Descriptor): void {
  using closing = device;
  writeOn(libc, closing, new TextEncoder().encode("V"));
}
