/**
 * HTTP on a connection that we accepted ourselves, by Deno's own handling of it.
 *
 * `Deno.serve` has no header or idle time-out and no bound on connections; what it does with a connection once it is
 * accepted is reachable as an internal of Deno, guarded by `tests/wire/listen_tcp_test.ts`. Measured on two cores, small
 * answers a second over 16 connections kept alive: `Deno.serve` 49–64 k, this 45–60 k; the other way, bytes passed on to
 * a `Deno.serve` on a unix socket, 8–10 k, and it loses the caller's address.
 */

/** What Deno gives for a connection that it serves. */
interface ServedConnection {
  /** Resolves when the connection is closed, by whomever. */
  readonly finished: Promise<void>;
  /** Answers what is in flight, then closes. */
  shutdown(): Promise<void>;
}

/** Of `Deno.ServeHandlerInfo`, what is used. */
interface RequestInfo {
  /** Settles when the answer is sent, or cannot be. */
  readonly completed: Promise<void>;
}

/** Deno looks at nothing else of a signal; it takes the part of one, so that the listener's errors are caught. */
interface CancelSignal {
  addEventListener(type: "abort", listener: () => void): void;
}

type ServeOnConnection = (
  connection: Deno.Conn,
  signal: CancelSignal,
  handler: (request: Request, info: RequestInfo) => Promise<Response>,
  onError: (error: unknown) => Response,
  onListen: (scheme: string) => void,
) => ServedConnection;

/** A connection that is being served. */
export interface HttpConnection {
  /** Resolves when it is closed, by whomever. */
  readonly finished: Promise<void>;
  /** Sends what is answered, then closes. From here on Deno lets nobody cut it. */
  finish(): void;
  /** Closes at once, half-sent headers, idle keep-alive and open streams alike. Twice is once. */
  cut(): void;
}

/** Who is told about requests. */
export interface ConnectionHandlers {
  handle(request: Request): Promise<Response>;
  /** A request began; the function given back is called when its answer is sent or cannot be. */
  began(): () => void;
  onError(error: unknown): Response;
}

/** @throws {Error} This Deno has no such internal. */
export function serveConnection(
  connection: Deno.Conn,
  handlers: ConnectionHandlers,
): HttpConnection {
  const cancels: (() => void)[] = [];
  let over = false;
  const served = serveOnConnection()(
    connection,
    { addEventListener: (_type, listener) => cancels.push(listener) },
    (request, info) => {
      const ended = handlers.began();
      info.completed.then(ended, ended);
      return handlers.handle(request);
    },
    (error) => handlers.onError(error),
    () => {},
  );
  // Broken off by the other side, it rejects and leaves its descriptor behind; shutting it down takes that away.
  const finished = served.finished.catch(() => served.shutdown()).catch(() => {}).then(() => {
    over = true;
  });
  return {
    finished,
    finish() {
      if (!over) served.shutdown().catch(() => {});
    },
    cut() {
      if (over) return;
      over = true;
      for (const cancel of cancels) {
        try {
          cancel();
        } catch (error) {
          // Closed between its end and our being told.
          if (!(error instanceof Deno.errors.BadResource)) throw error;
        }
      }
    },
  };
}

function serveOnConnection(): ServeOnConnection {
  const internals: unknown = Reflect.get(Deno, Reflect.get(Deno, "internal"));
  const found: unknown = typeof internals === "object" && internals !== null
    ? Reflect.get(internals, "serveHttpOnConnection")
    : undefined;
  if (typeof found === "function") return found as ServeOnConnection; // Untyped internal, tested.
  throw new Error(
    `Cannot serve HTTP: Deno ${Deno.version.deno} has no serveHttpOnConnection, 2.7.14 has`,
  );
}
