/** Waiting for something to go from a directory, or for a file to change. */
import { IN, POLL } from "./constants.ts";
import { type Descriptor, descriptor } from "./descriptor.ts";
import type { FileCalls } from "./kernel.ts";
import { cstr, type Libc, textOf } from "./libc.ts";
import { POLL_MS_MAX, pollFor } from "./polling.ts";

/** What ends a wait: an entry goes, or the directory itself does. */
const GONE = IN.DELETE | IN.MOVED_FROM | IN.DELETE_SELF | IN.MOVE_SELF | IN.ONLYDIR;
/** What ends a wait for a file. */
const CHANGED = IN.MODIFY | IN.DELETE_SELF | IN.MOVE_SELF;

/** Bytes of events read at once; the kernel gives whole ones. */
const EVENTS_BYTES = 16 * 1024;
/** Bytes of struct inotify_event without its name: int wd, u32 mask, u32 cookie, u32 len. Source: sys/inotify.h. */
const EVENT_BYTES = 16;

/** Names of files that are being written, and get their own by a rename. */
export const UNFINISHED = ".strata-new-";

/** The waiting file calls. */
export function directoryEvents(libc: Libc): Pick<FileCalls, "entryGone" | "fileChanged"> {
  return {
    entryGone(directory, options = {}) {
      const { signal } = options;
      signal?.throwIfAborted();
      return firstEvent(libc, openWatch(libc, directory, GONE), signal);
    },
    fileChanged(path, options = {}) {
      const { signal } = options;
      signal?.throwIfAborted();
      return firstEvent(libc, openWatch(libc, path, CHANGED), signal);
    },
  };
}

function openWatch(libc: Libc, path: string, events: number): Descriptor {
  const name = cstr(path);
  const fd = libc.call.inotify_init1(IN.CLOEXEC | IN.NONBLOCK);
  if (fd < 0) throw libc.refused("inotify_init1", path);
  using undo = new DisposableStack();
  const watch = undo.use(descriptor(libc, fd, path));
  if (libc.call.inotify_add_watch(fd, name, events) < 0) {
    throw libc.refused("inotify_add_watch", path);
  }
  undo.move();
  return watch;
}

async function firstEvent(
  libc: Libc,
  opened: Descriptor,
  signal: AbortSignal | undefined,
): Promise<void> {
  using watch = opened;
  for (;;) {
    await pollFor(libc, watch, { events: POLL.IN, timeoutMs: POLL_MS_MAX, signal });
    signal?.throwIfAborted();
    if (readNames(libc, watch).some((name) => !name.startsWith(UNFINISHED))) return;
  }
}

/** What went, by name; "" is the directory itself. */
function readNames(libc: Libc, watch: Descriptor): string[] {
  const buffer = new Uint8Array(EVENTS_BYTES);
  const count = Number(libc.call.read(watch.fd, buffer, BigInt(buffer.length)));
  if (count < 0) {
    const error = libc.refused("read", watch.subject);
    if (error.is("EAGAIN", "EINTR")) return [];
    throw error;
  }
  const view = new DataView(buffer.buffer);
  const names: string[] = [];
  for (let at = 0; at < count;) {
    const length = view.getUint32(at + 12, true);
    const name = at + EVENT_BYTES;
    names.push(length === 0 ? "" : textOf(buffer.subarray(name, name + length)));
    at = name + length;
  }
  return names;
}
