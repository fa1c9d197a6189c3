/** HTTP on a unix socket, guarded by its file mode: `Deno.serve` is right there. */
import type { Clock, Log } from "../runtime/core/ports.ts";
import type { Arrival } from "./api.ts";
import { describeFault } from "./errors.ts";
import { CLOSE_GRACE_MS } from "./limits.ts";
import { listenFailure } from "./listen_failure.ts";
import { internalResponse } from "./problem.ts";
import { removeStaleSocket } from "./stale_socket.ts";
import { answerOnce } from "./unread_body.ts";

/** What a listener needs. */
export interface UnixOptions {
  readonly path: string;
  /** Permission bits of the socket file, such as 0o600. */
  readonly mode: number;
  handle(request: Request, arrival: Arrival): Promise<Response>;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborting it closes the listener. Streams should end by the same signal: they are cut after a grace. */
  readonly signal: AbortSignal;
}

/** A listener at work. */
export interface UnixListening {
  readonly path: string;
  /** Resolves when the listener and all of its connections are closed and the file is gone. */
  readonly closed: Promise<void>;
}

/**
 * Listens. A socket file that nobody answers on is replaced.
 *
 * @throws {Error} Naming the path: somebody answers on it, or it is no socket.
 */
export async function listenUnix(options: UnixOptions): Promise<UnixListening> {
  const { path, mode, handle, log, signal } = options;
  signal.throwIfAborted();
  await removeStaleSocket(path);
  const cut = new AbortController();
  const arrival: Arrival = { transport: "unix" };
  // The file must not be open to others between its making and a chmod.
  const umask = Deno.umask(0o777 & ~mode);
  let server: Deno.HttpServer<Deno.UnixAddr>;
  try {
    server = Deno.serve(
      {
        path,
        signal: cut.signal,
        onListen: () => {},
        onError: (error) => {
          log.write("error", "a request failed", { error: describeFault(error) });
          return internalResponse();
        },
      },
      (request) =>
        answerOnce(request, { handle: () => handle(request, arrival), clock: options.clock }),
    );
  } catch (error) {
    throw listenFailure(path, error);
  } finally {
    Deno.umask(umask);
  }
  return { path, closed: closing(server, { ...options, cut }) };
}

async function closing(
  server: Deno.HttpServer<Deno.UnixAddr>,
  { path, clock, signal, cut }: UnixOptions & { readonly cut: AbortController },
): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => stopped.resolve(), { once: true });
  await Promise.race([stopped.promise, server.finished]);
  const over = new AbortController();
  const grace = clock.sleep(CLOSE_GRACE_MS, { signal: over.signal })
    .then(() => cut.abort(), () => {});
  await Promise.allSettled([server.shutdown(), server.finished]);
  over.abort();
  await grace;
  await Deno.remove(path).catch(() => {}); // Gone already is as good.
}
