/**
 * The machine's life once its root stands: /var, network, state, controllers, API; then, when somebody asks for it,
 * the same backwards. The order of the lines is the order of the boot.
 */
import type { VolumeFacts } from "../fs/var_volume.ts";
import type { Ending, Kernel, Watchdog } from "../fs/kernel/kernel.ts";
import type { Log } from "../runtime/core/ports.ts";
import { imageStatusController } from "../runtime/controllers/fs/image_statuses.ts";
import { layerController } from "../runtime/controllers/fs/layers.ts";
import { mountStatusController } from "../runtime/controllers/fs/mount_statuses.ts";
import { volumeStatusController } from "../runtime/controllers/fs/volume_statuses.ts";
import { MachineStatusSpec_Stage as Stage } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import { type Agent, createAgent, createListening, type Listening } from "./agent.ts";
import type { EarlyFacts } from "./boot.ts";
import { EndRequest } from "./end_request.ts";
import { type END_DEADLINE_MS, endMachine } from "./end_machine.ts";
import { etcFilesLaid } from "./etc_files_laid.ts";
import { registerFileControllers } from "./file_controllers.ts";
import { designedLayers, layOverlays } from "./layers.ts";
import { keepSocket } from "./kept_socket.ts";
import { beginLife, type PreviousEnd } from "./life_record.ts";
import { tellMachineIdentity } from "./machine_identity.ts";
import { machinePort } from "./machine_port.ts";
import { type MachineOutside, outside } from "./machine_outside.ts";
import { httpText, type MachineSettings, machineSettings } from "./machine_settings.ts";
import { MachineView } from "./machine_view.ts";
import { configureNetwork } from "./network.ts";
import { seedNetwork } from "./network_seeds.ts";
import { armWatchdog, obeySignals, prepareProcess, reapOrphans } from "./pid1.ts";
import { previousEndOf, volumeSource } from "./status_specs.ts";
import type { StepNote, Timeline } from "./timeline.ts";
import { foundTls } from "./tls_files.ts";
import { VERSION, versionFacts } from "./version.ts";

/** The HTTP API and Connect for components and tools inside the machine. */
const HTTP_SOCKET = "/system/run/strata/http.sock";
const GRPC_SOCKET = "/system/run/strata/strata.sock";

/** The first watchdog of the machine. */
const WATCHDOG_DEVICE = "/dev/watchdog";

/** What the life needs. */
export interface MachineParts extends EarlyFacts {
  readonly kernel: Kernel;
  readonly timeline: Timeline;
  readonly log: Log;
  /** Sockets and signals of this process unless given. */
  readonly outside?: MachineOutside;
  /** Milliseconds each step of the end may take; {@linkcode END_DEADLINE_MS} unless given. */
  readonly endMs?: typeof END_DEADLINE_MS;
  /** Adds controllers of a test image. The shipped agent has none. */
  readonly extend?: (agent: Agent, kernel: Kernel) => void | Promise<void>;
}

/**
 * Lives until somebody asks for the end, and ends in order. Resolves to what the machine shall do then.
 *
 * From then on the watchdog is not answered any more: it resets a machine that cannot even end.
 *
 * @throws What keeps the machine from having a state at all; then nothing listens.
 */
export async function liveMachine(parts: MachineParts): Promise<Ending> {
  const over = new AbortController();
  const [stop, halt] = [new AbortController(), new AbortController()];
  try {
    return await live(parts, { over: over.signal, stop, halt });
  } finally {
    const why = new Error("the life of the machine is over");
    for (const each of [stop, halt]) each.abort(why);
    over.abort();
  }
}

interface Lifetime {
  /** Aborts when nothing of the machine is left to guard. */
  readonly over: AbortSignal;
  /** Ends streams. */
  readonly stop: AbortController;
  /** Ends the controllers. */
  readonly halt: AbortController;
}

async function live(parts: MachineParts, { over, stop, halt }: Lifetime): Promise<Ending> {
  const { kernel, timeline, log, modules } = parts;
  const settings = machineSettings(parts.commandLine);
  const end = new EndRequest(log);
  await timeline.attempt("process", () => {
    obeySignals(end, parts.outside ?? outside, over);
    reapOrphans(kernel, log, stop.signal);
    prepareProcess(kernel);
  });
  await timeline.attempt("settings", () => {
    if (settings.problems.length > 0) throw new RangeError(settings.problems.join("; "));
  });
  const view = await machineView(kernel, timeline, settings);
  const agent = await timeline.step("state", () => startAgent(parts, settings, view));
  const watchdog = await timeline.attempt(
    "watchdog",
    (note) => guard(parts, settings, { note, over }),
  );
  await timeline.attempt("network", async (note) => {
    await modules.loaded("virtio_net");
    note.detail = configureNetwork(kernel, settings);
  });
  const volume = await parts.volume;
  const previousEnd = await timeline.attempt(
    "life record",
    (note) => recordLife(kernel, settings, { watchdog, volume, note }),
  );
  const overlays = volume.phase === "ready" ? settings.overlays : [];
  await timeline.attempt("overlays", (note) => layAll(parts, overlays, note));
  await timeline.attempt("machine id", async (note) => {
    const persistent = volume.phase === "ready";
    if (!persistent) note.detail = "for this boot alone: there is no /var to keep it";
    await tellMachineIdentity(kernel, agent, persistent ? "kept" : "for this boot");
  });
  await agent.engine.register(volumeStatusController(volumeSource(volume)));
  await agent.engine.register(
    imageStatusController(kernel, { believed: parts.believed, clock: agent.clock, log: agent.log }),
  );
  view.set({
    previousEnd: previousEndOf(previousEnd ?? "unknown"),
    watchdog: watchdog === undefined ? "" : `${watchdog.path} (${watchdog.identity})`,
  });

  const running = agent.engine.run(halt.signal);
  const served = { agent, view, end, signal: stop.signal };
  const { listening, listeners } = await openListeners(parts, settings, served);
  await timeline.attempt("files of /etc", () => etcFilesLaid(agent, stop.signal));
  view.set({ stage: Stage.RUNNING });
  announce(log, view, settings);
  // The boot mounted them: who waits for the machine need not wait until that is written down.
  await timeline.attempt("mounts kept", () => keepMounts(agent, { kernel, overlays }));

  listeners.push(...await openTls(parts, settings, listening));

  const ending = await end.wanted;
  view.set({ stage: ending === "restart" ? Stage.REBOOTING : Stage.SHUTTING_DOWN });
  const own = { deadlineMs: parts.endMs, state: agent.state, listeners, running, stop, halt };
  await endMachine({ kernel, timeline, settings, volume, ending, ...own });
  return ending;
}

async function keepMounts(
  { engine }: Agent,
  { kernel, overlays }: {
    readonly kernel: Kernel;
    readonly overlays: MachineSettings["overlays"];
  },
): Promise<void> {
  await engine.register(mountStatusController(kernel));
  await engine.register(layerController(designedLayers(overlays)));
}

/** What the machine is called; where the kernel does not say it, it stays empty. */
async function machineView(
  kernel: Kernel,
  timeline: Timeline,
  settings: MachineSettings,
): Promise<MachineView> {
  const known = await timeline.attempt("identity", () => ({
    bootId: settings.bootId(kernel),
    kernel: kernel.readText("/proc/sys/kernel/osrelease").trim(),
  }));
  const { hostname } = settings;
  return new MachineView(timeline, { version: `v${VERSION}`, hostname, mode: "metal", ...known });
}

async function startAgent(
  parts: MachineParts,
  settings: MachineSettings,
  view: MachineView,
): Promise<Agent> {
  const { kernel, log, timeline } = parts;
  const agent = await createAgent({ log, timeline, view });
  await seedNetwork(agent.state, settings);
  await registerFileControllers(agent.engine, kernel);
  await parts.extend?.(agent, kernel);
  return agent;
}

/** The machine's own watchdog outlives a kernel that hangs; the kernel's own is the second best. */
async function guard(
  { kernel, modules, log }: MachineParts,
  settings: MachineSettings,
  { note, over }: { readonly note: StepNote; readonly over: AbortSignal },
): Promise<Watchdog> {
  await optional(log, modules.loaded("i6300esb")); // Without it there is softdog.
  if (kernel.lstat(WATCHDOG_DEVICE) === undefined) await modules.loaded("softdog");
  const watchdog = armWatchdog(kernel, WATCHDOG_DEVICE, {
    timeoutSeconds: settings.watchdogSeconds,
    log,
    until: over,
  });
  note.detail = `${watchdog.identity}, ${watchdog.timeoutSeconds} s`;
  return watchdog;
}

/** Waits for what there is a substitute for; a failure is said and survived. */
async function optional(log: Log, work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => log.write("warn", "going on without", { error }));
}

async function layAll(
  { kernel, modules }: MachineParts,
  overlays: MachineSettings["overlays"],
  note: StepNote,
): Promise<void> {
  note.skipped = overlays.length === 0;
  if (note.skipped) return;
  await modules.loaded("overlay");
  layOverlays(kernel, overlays);
}

function recordLife(
  kernel: Kernel,
  settings: MachineSettings,
  known: {
    readonly watchdog: Watchdog | undefined;
    readonly volume: VolumeFacts;
    readonly note: StepNote;
  },
): PreviousEnd {
  const { watchdog, volume, note } = known;
  note.skipped = volume.phase !== "ready";
  if (note.skipped) return "unknown";
  const previous = beginLife(kernel, settings.bootId(kernel), watchdog?.causedLastReset ?? false);
  note.detail = `previous end: ${previous}`;
  return previous;
}

interface Listened {
  readonly agent: Agent;
  readonly view: MachineView;
  readonly end: EndRequest;
  readonly signal: AbortSignal;
}

/** Opens the listeners; one that cannot be opened is told, and the other serves. */
async function openListeners(
  parts: MachineParts,
  settings: MachineSettings,
  { agent, view, end, signal }: Listened,
): Promise<{ readonly listening: Listening; readonly listeners: Promise<void>[] }> {
  const { kernel, timeline, modules } = parts;
  const world = parts.outside ?? outside;
  // Without it the token is a file, or there is none.
  await optional(parts.log, modules.loaded("qemu_fw_cfg"));
  const build = await timeline.attempt("release", () => settings.build(kernel));
  const token = await timeline.attempt("token", (note) => {
    const found = settings.token(kernel);
    note.detail = found === undefined ? "none: only health and version answer on TCP" : "";
    return found;
  });
  const version = versionFacts({ platform: settings.platform, mode: "metal", ...build });
  const listening = createListening(agent, {
    view,
    machine: machinePort({ kernel, version, end }),
    token,
    hostname: settings.http.hostname,
    signal,
  });
  const closed: Promise<void>[] = [];
  await timeline.attempt("api socket", async (note) => {
    const listener = await keepSocket(kernel, {
      ...listening,
      path: HTTP_SOCKET,
      listen: (until) =>
        world.listenUnix({ ...listening, path: HTTP_SOCKET, mode: 0o600, signal: until }),
    });
    closed.push(listener.closed);
    note.detail = HTTP_SOCKET;
  });
  await timeline.attempt("grpc socket", async (note) => {
    const address = { path: GRPC_SOCKET, mode: 0o600 };
    const listener = await keepSocket(kernel, {
      ...listening,
      path: GRPC_SOCKET,
      listen: (until) => world.listenHttp2({ ...listening, address, signal: until }),
    });
    closed.push(listener.closed);
    note.detail = GRPC_SOCKET;
  });
  await timeline.attempt("api tcp", (note) => {
    const tcp = world.listenTcp({ ...listening, ...settings.http });
    closed.push(tcp.closed);
    note.detail = httpText(tcp);
  });
  return { listening, listeners: closed };
}

/** Listens for callers with certificates, where there are some: behind the boot, which waits for nothing of TLS. */
async function openTls(
  { kernel, timeline, outside: world = outside }: MachineParts,
  settings: MachineSettings,
  listening: Listening,
): Promise<readonly Promise<void>[]> {
  const found = foundTls(kernel);
  if (found === undefined) return [];
  const listeners: Promise<void>[] = [];
  await timeline.attempt("api tls", async (note) => {
    if ("error" in found) throw found.error;
    const tls = await world.listenTls({ ...listening, ...settings.tls, ...found });
    note.detail = httpText(tls);
    listeners.push(tls.closed);
  });
  return listeners;
}

function announce(log: Log, view: MachineView, settings: MachineSettings): void {
  const { ready, unmet } = view.health();
  const where = httpText(settings.http);
  if (ready) log.write("info", `ready on ${where}`);
  else log.write("warn", `reachable on ${where}, not ready`, { unmet });
}
