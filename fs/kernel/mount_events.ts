/** Waiting for mounts to come and go. */
import { O, POLL } from "./constants.ts";
import { type Descriptor, openFile } from "./descriptor.ts";
import type { MountCalls } from "./kernel.ts";
import type { Libc } from "./libc.ts";
import { POLL_MS_MAX, pollFor } from "./polling.ts";

/**
 * The waiting mount call. The kernel counts changes for an open /proc/self/mountinfo, so one is opened at the first
 * call and kept for ever: what happens between two calls is told by the second.
 */
export function mountEvents(libc: Libc): Pick<MountCalls, "mountsChanged"> {
  let mountinfo: Descriptor | undefined;
  return {
    async mountsChanged(timeoutMs, options = {}) {
      if (!(timeoutMs >= 0 && timeoutMs <= POLL_MS_MAX)) {
        throw new RangeError(`Cannot wait ${timeoutMs} ms: it may be 0 to ${POLL_MS_MAX}`);
      }
      const { signal } = options;
      signal?.throwIfAborted();
      mountinfo ??= openFile(libc, "/proc/self/mountinfo", { flags: O.RDONLY });
      const wait = { events: POLL.PRI, timeoutMs: Math.ceil(timeoutMs), signal };
      const changed = await pollFor(libc, mountinfo, wait);
      if (!changed) signal?.throwIfAborted();
      return changed;
    },
  };
}
