/** Waiting for mounts to come and go. */
import { EFD, O, POLL } from "./constants.ts";
import { type Descriptor, descriptor, openFile } from "./descriptor.ts";
import type { MountCalls } from "./kernel.ts";
import type { Libc } from "./libc.ts";

/** Longest wait: it holds a thread. */
const TIMEOUT_MS_MAX = 60_000;
/** Bytes of struct pollfd: int fd, short events, short revents. Source: asm-generic/poll.h. */
const POLLFD_BYTES = 8;

/**
 * The waiting mount call. The kernel counts changes for an open /proc/self/mountinfo, so one is opened at the first
 * call and kept for ever: what happens between two calls is told by the second.
 */
export function mountEvents(libc: Libc): Pick<MountCalls, "mountsChanged"> {
  let mountinfo: Descriptor | undefined;
  return {
    async mountsChanged(timeoutMs, options = {}) {
      if (!(timeoutMs >= 0 && timeoutMs <= TIMEOUT_MS_MAX)) {
        throw new RangeError(`Cannot wait ${timeoutMs} ms: it may be 0 to ${TIMEOUT_MS_MAX}`);
      }
      const { signal } = options;
      signal?.throwIfAborted();
      mountinfo ??= openFile(libc, "/proc/self/mountinfo", { flags: O.RDONLY });
      const changed = await pollFor(libc, mountinfo, { timeoutMs: Math.ceil(timeoutMs), signal });
      if (!changed) signal?.throwIfAborted();
      return changed;
    },
  };
}

/** Whether `file` had something urgent before the time was over or `signal` aborted. */
async function pollFor(
  libc: Libc,
  file: Descriptor,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  using wake = eventDescriptor(libc);
  // An abort ends the poll in its thread: nothing is left running that could hold the process.
  const onAbort = (): void => {
    libc.call.write(wake.fd, new BigUint64Array([1n]), 8n);
  };
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const view = new DataView(new ArrayBuffer(2 * POLLFD_BYTES));
  view.setInt32(0, file.fd, true);
  view.setInt16(4, POLL.PRI, true);
  view.setInt32(POLLFD_BYTES, wake.fd, true);
  view.setInt16(POLLFD_BYTES + 4, POLL.IN, true);
  try {
    const ready = options.timeoutMs === 0 ? -1 : await libc.call.poll_outside(
      view,
      2n,
      options.timeoutMs,
    );
    // Refused on the other thread, mostly interrupted; or not to wait at all. Ask again without waiting.
    if (ready < 0 && libc.call.poll(view, 2n, 0) < 0) throw libc.refused("poll", file.subject);
    return (view.getInt16(6, true) & (POLL.PRI | POLL.ERR)) !== 0;
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
  }
}

function eventDescriptor(libc: Libc): Descriptor {
  const fd = libc.call.eventfd(0, EFD.CLOEXEC | EFD.NONBLOCK);
  if (fd < 0) throw libc.refused("eventfd", "mount events");
  return descriptor(libc, fd, "mount events");
}
