/** The same agent as an ordinary process of a host: nothing is mounted, and root is not needed. */
// @ts-types="types/std_path_posix.d.ts"
import { dirname, join } from "@std/path/posix";
import { listenHttp2 } from "../api/listen_http2.ts";
import { listenTcp } from "../api/listen_tcp.ts";
import type { TlsListening } from "../api/listen_tls.ts";
import { listenUnix } from "../api/listen_unix.ts";
import type { Kernel } from "../fs/kernel/kernel.ts";
import { mountStatusController } from "../runtime/controllers/fs/mount_statuses.ts";
import type { Log } from "../runtime/core/ports.ts";
import { MachineStatusSpec_Stage as Stage } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import { createAgent, createListening, type Listening } from "./agent.ts";
import { EVENT_INTERVAL, systemBusyPoll } from "./event_loop.ts";
import { followState } from "./followed_state.ts";
import { MachineEvents } from "./machine_events.ts";
import { keepHeapTrimmed } from "./kept_heap.ts";
import { machinePort } from "./machine_port.ts";
import { httpText } from "./listen_address.ts";
import { MachineView } from "./machine_view.ts";
import { noServices } from "./no_services.ts";
import { PEM_BYTES_MAX } from "./tls_files.ts";
import { Timeline } from "./timeline.ts";
import { VERSION, versionFacts } from "./version.ts";

/** Where HTTP listens unless told otherwise. */
const HTTP_DEFAULT = { hostname: "127.0.0.1", port: 50_080 };

/** Bytes of randomness in a token that is made here: as hard to guess as a 256-bit key. */
const TOKEN_BYTES = 32;

/** What `strata serve` is told. */
export interface HostOptions {
  readonly http?: { readonly hostname: string; readonly port: number };
  /** Of HTTP/2. */
  readonly socket?: string;
  /** Of HTTP/1.1. */
  readonly httpSocket?: string;
  /** Read where it exists, made with mode 0600 where it does not. */
  readonly tokenFile?: string;
  /** Where callers with certificates are listened for, and the files of PEM. */
  readonly tls?: {
    readonly hostname: string;
    readonly port: number;
    readonly certFile: string;
    readonly keyFile: string;
    readonly caFile: string;
  };
}

/** What the host gives. */
export interface HostWorld {
  readonly kernel: Kernel;
  readonly log: Log;
  env(name: string): string | undefined;
  /** Ends the agent in order. */
  readonly signal: AbortSignal;
  /** Takes the line that begins with `ready`. */
  print(line: string): void;
}

/**
 * Serves until `signal` aborts, then ends in order.
 *
 * @throws An error that names the address, socket or file that cannot be used; nothing is left behind.
 */
export async function serveHost(options: HostOptions, world: HostWorld): Promise<void> {
  const { kernel, log, signal } = world;
  const directory = runtimeDirectory(world);
  const socket = options.socket ?? join(directory(), "strata.sock");
  const httpSocket = options.httpSocket ?? join(directory(), "http.sock");
  const tokenFile = options.tokenFile ?? join(directory(), "token");
  const { hostname, port } = options.http ?? HTTP_DEFAULT;

  const token = tokenOf(kernel, tokenFile);
  const timeline = new Timeline(() => kernel.uptimeMs(), log);
  const view = new MachineView(timeline, {
    version: `v${VERSION}`,
    hostname: Deno.hostname(),
    bootId: kernel.readText("/proc/sys/kernel/random/boot_id").trim(),
    kernel: kernel.readText("/proc/sys/kernel/osrelease").trim(),
    mode: "container",
  });
  const stop = new AbortController();
  const version = versionFacts({ platform: "host", mode: "container" });
  const agent = await createAgent({ log, timeline, view });
  await agent.engine.register(mountStatusController(kernel));
  const events = new MachineEvents(agent);
  const services = noServices("this agent runs as an ordinary process on a host, and keeps none");
  const listening = createListening(agent, {
    view,
    machine: machinePort({ kernel, version, events, services, clock: agent.clock }),
    token,
    hostname,
    signal: stop.signal,
  });
  const running = agent.engine.run(stop.signal);
  const closed: Promise<void>[] = [followState(agent.state, events, { log, signal: stop.signal })];
  try {
    closed.push((await listenUnix({ ...listening, path: httpSocket, mode: 0o600 })).closed);
    const address = { path: socket, mode: 0o600 };
    const poll = systemBusyPoll(world.env(EVENT_INTERVAL));
    closed.push((await listenHttp2({ ...listening, address, poll })).closed);
    const tcp = listenTcp({ ...listening, hostname, port });
    closed.push(tcp.closed);
    const tls = options.tls && await tlsListening(kernel, listening, options.tls);
    if (tls !== undefined) closed.push(tls.closed);
    view.set({ stage: Stage.RUNNING });
    keepHeapTrimmed({ openKernel: () => kernel, clock: agent.clock, log, signal: stop.signal });
    const http = httpText(tcp);
    const secure = tls && httpText(tls);
    world.print(readyLine({ address: http, httpSocket, socket, tokenFile, secure }));
    await aborted(signal);
  } finally {
    view.set({ stage: Stage.SHUTTING_DOWN });
    stop.abort(new Error("the agent ends"));
    await Promise.all([...closed, running]);
  }
}

/** The line that scripts wait for. */
function readyLine(at: {
  readonly address: string;
  readonly httpSocket: string;
  readonly socket: string;
  readonly tokenFile: string;
  readonly secure: string | undefined;
}): string {
  return `ready http://${at.address} unix:${at.httpSocket} grpc:unix:${at.socket} ` +
    `token-file:${at.tokenFile}${at.secure === undefined ? "" : ` https://${at.secure}`}`;
}

async function tlsListening(
  kernel: Kernel,
  listening: Listening,
  { certFile, keyFile, caFile, hostname, port }: NonNullable<HostOptions["tls"]>,
): Promise<TlsListening> {
  // Loaded only here: who has no certificates waits for nothing of it.
  const { listenTls } = await import("../api/listen_tls.ts");
  const read = (path: string): string => kernel.readText(path, { maxBytes: PEM_BYTES_MAX });
  const certificates = { cert: read(certFile), key: read(keyFile), ca: read(caFile) };
  return await listenTls({ ...listening, hostname, port, certificates });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** The directory of sockets and token: made when first asked for, 0700, and refused when it is not ours. */
function runtimeDirectory({ kernel, env }: HostWorld): () => string {
  return () => {
    const runtime = env("XDG_RUNTIME_DIR");
    const path = runtime ? join(runtime, "strata") : `/tmp/strata-${kernel.euid()}`;
    kernel.mkdir(path, 0o700);
    const status = kernel.lstat(path);
    if (
      status?.type !== "directory" || status.uid !== kernel.euid() || (status.mode & 0o077) !== 0
    ) {
      throw new Error(
        `Cannot use "${path}": it must be a directory of uid ${kernel.euid()} with mode 0700`,
      );
    }
    return path;
  };
}

/** Reads the token, or makes one. */
function tokenOf(kernel: Kernel, path: string): string {
  if (kernel.lstat(path) !== undefined) {
    const token = kernel.readText(path).trim();
    if (token === "") throw new Error(`Cannot use "${path}": the token file is empty`);
    return token;
  }
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  const token = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  kernel.mkdir(dirname(path), 0o700);
  kernel.writeFile(path, `${token}\n`, { mode: 0o600 });
  return token;
}
