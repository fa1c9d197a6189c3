/** The log of the kernel: /dev/kmsg. */
import { O, POLL, SEEK } from "./constants.ts";
import { type Descriptor, openFile } from "./descriptor.ts";
import type { KernelLog } from "./kernel.ts";
import type { Libc } from "./libc.ts";
import { POLL_MS_MAX, pollFor } from "./polling.ts";

const PATH = "/dev/kmsg";

/** Bytes of the longest record; the kernel refuses to give one into less. Source: kernel/printk/internal.h. */
const RECORD_BYTES_MAX = 8192;

/** Opens it. */
export function openKernelLog(libc: Libc, from: "oldest" | "newest"): KernelLog {
  using undo = new DisposableStack();
  const file = undo.use(openFile(libc, PATH, { flags: O.RDONLY | O.NONBLOCK }));
  if (from === "newest" && Number(libc.call.lseek(file.fd, 0n, SEEK.END)) < 0) {
    throw libc.refused("lseek", PATH);
  }
  const buffer = new Uint8Array(RECORD_BYTES_MAX);
  undo.move();
  return {
    next: () => nextRecord(libc, file, buffer),
    async more({ signal } = {}) {
      signal?.throwIfAborted();
      const wait = { events: POLL.IN, timeoutMs: POLL_MS_MAX, signal };
      while (!await pollFor(libc, file, wait)) signal?.throwIfAborted();
    },
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

function nextRecord(
  libc: Libc,
  file: Descriptor,
  buffer: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> | "overrun" | undefined {
  for (;;) {
    const count = Number(libc.call.read(file.fd, buffer, BigInt(buffer.length)));
    if (count >= 0) return buffer.slice(0, count);
    const error = libc.refused("read", PATH);
    if (error.is("EAGAIN")) return undefined;
    if (error.is("EPIPE")) return "overrun";
    if (!error.is("EINTR")) throw error;
  }
}
