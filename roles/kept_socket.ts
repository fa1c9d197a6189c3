/** A listener on a unix socket that listens again when its file is taken away. */
// @ts-types="types/std_path_posix.d.ts"
import { dirname } from "@std/path/posix";
import type { Kernel } from "../fs/kernel/kernel.ts";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import type { Clock, Log } from "../runtime/core/ports.ts";

/** Milliseconds before another attempt to listen. */
const RETRY_MS = 1_000;

/** Permission bits of the directory, where it has to be made. */
const DIRECTORY_MODE = 0o700;

/** A listener at work. */
export interface Listener {
  /** Resolves when it and all of its connections are closed. */
  readonly closed: Promise<void>;
}

/** What is kept. */
export interface KeptSocket {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Listens at `path` until the signal aborts. */
  listen(signal: AbortSignal): Promise<Listener>;
}

/**
 * Listens, and does so anew whenever the file of the socket is gone: /system may be wiped. Connections of the old listener
 * are closed as at its end, since it would take the new file with it otherwise.
 *
 * @throws What the first attempt to listen throws, and `SyscallError` where its directory cannot be made.
 */
export async function keepSocket(kernel: Kernel, socket: KeptSocket): Promise<Listener> {
  const first = await listenOnce(kernel, socket);
  return { closed: keep(kernel, socket, first) };
}

interface Round extends Listener {
  readonly stop: AbortController;
}

async function keep(kernel: Kernel, socket: KeptSocket, first: Round): Promise<void> {
  const { path, signal, clock, log } = socket;
  let round = first;
  for (;;) {
    const problem = await fileGone(kernel, path, signal).catch((error: unknown) => error);
    if (problem !== undefined && !signal.aborted) {
      log.write("error", "a socket is not watched any more", { path, error: problem });
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    }
    round.stop.abort(signal.aborted ? signal.reason : new Error(`"${path}" is gone`));
    await round.closed;
    while (!signal.aborted) {
      try {
        round = await listenOnce(kernel, socket);
        log.write("warn", "a socket was taken away and is there again", { path });
        break;
      } catch (error) {
        log.write("error", "cannot listen again", { path, error });
        await clock.sleep(RETRY_MS, { signal }).catch(() => {});
      }
    }
    if (signal.aborted) {
      round.stop.abort(signal.reason);
      return await round.closed;
    }
  }
}

async function listenOnce(kernel: Kernel, { path, signal, listen }: KeptSocket): Promise<Round> {
  kernel.mkdir(dirname(path), DIRECTORY_MODE);
  const stop = new AbortController();
  const end = (): void => stop.abort(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  try {
    const { closed } = await listen(stop.signal);
    return { stop, closed: closed.finally(() => signal.removeEventListener("abort", end)) };
  } catch (error) {
    signal.removeEventListener("abort", end);
    throw error;
  }
}

/** Resolves when nothing is at `path`, or `signal` aborts. */
async function fileGone(kernel: Kernel, path: string, signal: AbortSignal): Promise<undefined> {
  while (!signal.aborted) {
    const look = new AbortController();
    const end = (): void => look.abort();
    signal.addEventListener("abort", end, { once: true });
    try {
      // First the watch, then the look: what goes in between is seen by one of them.
      const gone = kernel.entryGone(dirname(path), { signal: look.signal });
      gone.catch(() => {}); // Also where the look throws, and nobody waits.
      if (kernel.lstat(path) === undefined) return undefined;
      await gone;
    } catch (error) {
      const isMissing = error instanceof SyscallError && error.is("ENOENT", "ENOTDIR");
      if (signal.aborted || isMissing) return undefined;
      throw error;
    } finally {
      look.abort();
      signal.removeEventListener("abort", end);
    }
  }
  return undefined;
}
