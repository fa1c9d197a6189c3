/** Waiting for a descriptor on another thread. */
import { EFD, POLL } from "./constants.ts";
import { type Descriptor, descriptor } from "./descriptor.ts";
import type { Libc } from "./libc.ts";

/** Milliseconds of the longest wait: it holds a thread. */
export const POLL_MS_MAX = 60_000;
/** Bytes of struct pollfd: int fd, short events, short revents. Source: asm-generic/poll.h. */
const POLLFD_BYTES = 8;

/**
 * Whether one of `events` was there for `file` before the time was over or `signal` aborted; an error of the file
 * counts as one.
 */
export async function pollFor(
  libc: Libc,
  file: Descriptor,
  options: {
    /** OR of `POLL`. */
    readonly events: number;
    readonly timeoutMs: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<boolean> {
  const { events, timeoutMs, signal } = options;
  using wake = eventDescriptor(libc, file.subject);
  // An abort ends the poll in its thread: nothing is left running that could hold the process.
  const onAbort = (): void => {
    libc.call.write(wake.fd, new BigUint64Array([1n]), 8n);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  const view = new DataView(new ArrayBuffer(2 * POLLFD_BYTES));
  view.setInt32(0, file.fd, true);
  view.setInt16(4, events, true);
  view.setInt32(POLLFD_BYTES, wake.fd, true);
  view.setInt16(POLLFD_BYTES + 4, POLL.IN, true);
  try {
    const ready = timeoutMs === 0 ? -1 : await libc.call.poll_outside(view, 2n, timeoutMs);
    // Refused on the other thread, mostly interrupted; or not to wait at all. Ask again without waiting.
    if (ready < 0 && libc.call.poll(view, 2n, 0) < 0) throw libc.refused("poll", file.subject);
    return (view.getInt16(6, true) & (events | POLL.ERR)) !== 0;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

function eventDescriptor(libc: Libc, subject: string): Descriptor {
  const fd = libc.call.eventfd(0, EFD.CLOEXEC | EFD.NONBLOCK);
  if (fd < 0) throw libc.refused("eventfd", subject);
  return descriptor(libc, fd, subject);
}
