/** What a machine listens with: root's own sockets, and those of the network face. */
import type { Kernel } from "../fs/kernel/kernel.ts";
import { type Agent, createListening, type Listening } from "./agent.ts";
import { openApidSockets } from "./apid_faces.ts";
import type { EndRequest } from "./end_request.ts";
import { keepSocket } from "./kept_socket.ts";
import type { MachineEvents } from "./machine_events.ts";
import type { MachineOutside } from "./machine_outside.ts";
import { machinePort } from "./machine_port.ts";
import type { MachineSettings } from "./machine_settings.ts";
import type { MachineView } from "./machine_view.ts";
import type { Services } from "./services.ts";
import type { Timeline } from "./timeline.ts";
import { versionFacts } from "./version.ts";

/** The HTTP API and Connect for components and tools inside the machine. */
const HTTP_SOCKET = "/system/run/strata/http.sock";
const GRPC_SOCKET = "/system/run/strata/strata.sock";

/** What is served, and where it is told. */
export interface ServedMachine {
  readonly kernel: Kernel;
  readonly timeline: Timeline;
  readonly settings: MachineSettings;
  readonly outside: MachineOutside;
  readonly agent: Agent;
  readonly view: MachineView;
  readonly end: EndRequest;
  readonly events: MachineEvents;
  readonly services: Services;
  /** Ends what listens. */
  readonly signal: AbortSignal;
}

/**
 * Opens the sockets; one that cannot be opened is told, and the others serve.
 *
 * @returns What resolves when each is closed.
 */
export async function openListeners(served: ServedMachine): Promise<readonly Promise<void>[]> {
  const { kernel, timeline, settings, agent, view, end, events, services, signal } = served;
  const build = await timeline.attempt("release", () => settings.build(kernel));
  const version = versionFacts({ platform: settings.platform, mode: "metal", ...build });
  const { clock } = agent;
  const listening = createListening(agent, {
    view,
    machine: machinePort({ kernel, version, end, events, services: services.port, clock }),
    // Nobody comes here by TCP: the network face has the token.
    token: undefined,
    hostname: settings.http.hostname,
    signal,
  });
  return await openSockets(served, listening);
}

async function openSockets(
  { kernel, timeline, agent, outside }: ServedMachine,
  listening: Listening,
): Promise<readonly Promise<void>[]> {
  const closed: Promise<void>[] = [];
  await timeline.attempt("face sockets", async () => {
    const parts = { ...agent, ...listening };
    const listen = outside.listenHttp2;
    const opened = await openApidSockets(kernel, {
      ...parts,
      listen: (to) => listen.call(outside, to),
    });
    closed.push(...opened.map((each) => each.closed));
  });
  await timeline.attempt("grpc socket", async (note) => {
    const address = { path: GRPC_SOCKET, mode: 0o600 };
    const listener = await keepSocket(kernel, {
      ...listening,
      path: GRPC_SOCKET,
      listen: (until) => outside.listenHttp2({ ...listening, address, signal: until }),
    });
    closed.push(listener.closed);
    note.detail = GRPC_SOCKET;
  });
  await timeline.attempt("api socket", async (note) => {
    const listener = await keepSocket(kernel, {
      ...listening,
      path: HTTP_SOCKET,
      listen: (until) =>
        outside.listenUnix({ ...listening, path: HTTP_SOCKET, mode: 0o600, signal: until }),
    });
    closed.push(listener.closed);
    note.detail = HTTP_SOCKET;
  });
  return closed;
}
