/** Serves an empty state on a unix socket as the agent serves its own, until standard input ends: `wire_server.ts SOCKET`. */
import { serveState } from "../fakes/grpc_server.ts";
import { LISTENING } from "./wire_servers.ts";

/** Events: more than any load leaves undelivered, so that no watch is overrun. */
const HISTORY_CAPACITY = 16_384;

const [path] = Deno.args;
if (path === undefined) throw new RangeError("Cannot serve: name a socket");
const stop = new AbortController();
const { listening } = await serveState({
  path,
  history: { initial: HISTORY_CAPACITY, maximum: HISTORY_CAPACITY },
  signal: stop.signal,
});
await Deno.stdout.write(new TextEncoder().encode(LISTENING));
// Whoever asks what is held wants no garbage counted: V8 leaves it lying as long as it has room.
for await (const _ of Deno.stdin.readable) (globalThis as { gc?: () => void }).gc?.();
stop.abort();
await listening.closed;
