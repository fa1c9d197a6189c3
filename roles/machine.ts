/**
 * The machine's life once its root stands: /var, network, state, controllers, API; then, when somebody asks for it,
 * the same backwards. The order of the lines is the order of the boot.
 */
// @ts-types="types/std_path_posix.d.ts"
import { dirname } from "@std/path/posix";
import { listenTcp } from "../api/listen_tcp.ts";
import { listenUnix } from "../api/listen_unix.ts";
import { mountOverlays } from "../fs/overlays.ts";
import { openVarVolume } from "../fs/var_volume.ts";
import type { VolumeFacts } from "../fs/var_volume.ts";
import type { Ending, Kernel, Watchdog } from "../fs/kernel/kernel.ts";
import type { Log } from "../runtime/core/ports.ts";
import { etcFileController } from "../runtime/controllers/fs/etc_files.ts";
import { volumeStatusController } from "../runtime/controllers/fs/volume_statuses.ts";
import { MachineStatusSpec_Stage as Stage } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import { type Agent, createAgent, createListening } from "./agent.ts";
import type { EarlyFacts } from "./boot.ts";
import { EndRequest } from "./end_request.ts";
import { endMachine } from "./end_machine.ts";
import { seedEtcFiles } from "./etc_seeds.ts";
import { beginLife, type PreviousEnd } from "./life_record.ts";
import { machinePort } from "./machine_port.ts";
import { type MachineSettings, machineSettings } from "./machine_settings.ts";
import { MachineView } from "./machine_view.ts";
import { configureNetwork } from "./network.ts";
import { armWatchdog, obeySignals, reapOrphans, setLimits } from "./pid1.ts";
import { previousEndOf, volumeSource } from "./status_specs.ts";
import type { StepNote, Timeline } from "./timeline.ts";
import { VERSION, versionFacts } from "./version.ts";

/** Directories that keep what is written to them; see design.md §3, layer 4. */
const OVERLAYS = ["/etc/kubernetes"];

/** The HTTP API and Connect for components and tools inside the machine. */
const HTTP_SOCKET = "/system/run/strata/http.sock";

/** The first watchdog of the machine. */
const WATCHDOG_DEVICE = "/dev/watchdog";

/** What the life needs. */
export interface MachineParts extends EarlyFacts {
  readonly kernel: Kernel;
  readonly timeline: Timeline;
  readonly log: Log;
  /** Adds controllers of a test image. The shipped agent has none. */
  readonly extend?: (agent: Agent, kernel: Kernel) => void;
}

/** Lives until somebody asks for the end, and ends in order. Resolves to what the machine shall do then. */
export async function liveMachine(parts: MachineParts): Promise<Ending> {
  const { kernel, timeline, log, modules } = parts;
  const settings = machineSettings(parts.commandLine);
  const end = new EndRequest(log);
  const stop = new AbortController();
  obeySignals(kernel, end);
  reapOrphans(kernel, log, stop.signal);
  setLimits(kernel);

  await timeline.attempt("settings", () => {
    if (settings.problems.length > 0) throw new RangeError(settings.problems.join("; "));
  });
  const view = machineView(kernel, timeline, settings);
  const agent = await timeline.step("state", () => startAgent(parts, settings, view));
  const watchdog = await timeline.attempt("watchdog", (note) => guard(parts, settings, note));
  await timeline.attempt("network", async (note) => {
    await modules.loaded("virtio_net");
    note.detail = configureNetwork(kernel, settings);
  });
  const volume = await openVar(parts);
  const previousEnd = await timeline.attempt(
    "life record",
    (note) => recordLife(kernel, settings, { watchdog, volume, note }),
  );
  await timeline.attempt("overlays", async (note) => {
    note.skipped = volume.phase !== "ready";
    if (note.skipped) return;
    await modules.loaded("overlay");
    mountOverlays(kernel, OVERLAYS);
  });
  agent.engine.register(volumeStatusController(volumeSource(volume)));
  view.set({
    previousEnd: previousEndOf(previousEnd ?? "unknown"),
    watchdog: watchdog === undefined ? "" : `${watchdog.path} (${watchdog.identity})`,
  });

  const running = agent.engine.run(stop.signal);
  const listeners = await openListeners(parts, settings, { agent, view, end, signal: stop.signal });
  view.set({ stage: Stage.RUNNING });
  announce(log, view, settings);

  const ending = await end.wanted;
  view.set({ stage: ending === "restart" ? Stage.REBOOTING : Stage.SHUTTING_DOWN });
  await endMachine({ kernel, timeline, settings, volume, ending, listeners, running, stop });
  return ending;
}

function machineView(kernel: Kernel, timeline: Timeline, settings: MachineSettings): MachineView {
  return new MachineView(timeline, {
    version: `v${VERSION}`,
    hostname: settings.hostname,
    bootId: settings.bootId(kernel),
    kernel: kernel.readText("/proc/sys/kernel/osrelease").trim(),
    mode: "metal",
  });
}

async function startAgent(
  parts: MachineParts,
  settings: MachineSettings,
  view: MachineView,
): Promise<Agent> {
  const { kernel, log, timeline } = parts;
  const agent = await createAgent({ kernel, log, timeline, view });
  await seedEtcFiles(agent.state, settings);
  agent.engine.register(etcFileController(kernel));
  parts.extend?.(agent, kernel);
  return agent;
}

/** The machine's own watchdog outlives a kernel that hangs; the kernel's own is the second best. */
async function guard(
  { kernel, modules }: MachineParts,
  settings: MachineSettings,
  note: StepNote,
): Promise<Watchdog> {
  await modules.loaded("i6300esb").catch(() => {}); // Then there is softdog.
  if (kernel.lstat(WATCHDOG_DEVICE) === undefined) await modules.loaded("softdog");
  const watchdog = armWatchdog(kernel, WATCHDOG_DEVICE, settings.watchdogSeconds);
  note.detail = `${watchdog.identity}, ${watchdog.timeoutSeconds} s`;
  return watchdog;
}

/** Opens /var; what is wrong with it is told as a step that failed, and the machine goes on without. */
async function openVar({ kernel, timeline, modules }: MachineParts): Promise<VolumeFacts> {
  let facts: VolumeFacts | undefined;
  await timeline.attempt("var", async (note) => {
    await modules.loaded("virtio_blk", "xfs");
    facts = await openVarVolume(kernel, { target: "/var", sleep });
    if (facts.phase !== "ready") throw new Error(facts.error);
    note.detail = `${facts.device}${facts.formattedNow ? ", made now" : ""}`;
  });
  return facts ?? { ...NO_VOLUME, error: timeline.failures.at(-1) ?? "not opened" };
}

const NO_VOLUME: VolumeFacts = {
  phase: "failed",
  disk: "",
  device: "",
  sizeBytes: 0n,
  formattedNow: false,
  error: "",
  refused: [],
};

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
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
  { kernel, timeline, modules }: MachineParts,
  settings: MachineSettings,
  { agent, view, end, signal }: Listened,
): Promise<readonly Promise<void>[]> {
  await modules.loaded("qemu_fw_cfg").catch(() => {}); // Then the token is a file, or there is none.
  const version = versionFacts({
    platform: settings.platform,
    mode: "metal",
    ...settings.build(kernel),
  });
  const listening = createListening(agent, {
    view,
    machine: machinePort({ kernel, version, end }),
    token: settings.token(kernel),
    hostname: settings.http.hostname,
    signal,
  });
  const closed: Promise<void>[] = [];
  await timeline.attempt("api socket", async (note) => {
    kernel.mkdir(dirname(HTTP_SOCKET), 0o700);
    closed.push((await listenUnix({ ...listening, path: HTTP_SOCKET, mode: 0o600 })).closed);
    note.detail = HTTP_SOCKET;
  });
  await timeline.attempt("api tcp", (note) => {
    const tcp = listenTcp({ ...listening, ...settings.http });
    closed.push(tcp.closed);
    note.detail = `${tcp.hostname}:${tcp.port}`;
  });
  return closed;
}

function announce(log: Log, view: MachineView, settings: MachineSettings): void {
  const { ready, unmet } = view.health();
  const where = `${settings.http.hostname}:${settings.http.port}`;
  if (ready) log.write("info", `ready on ${where}`);
  else log.write("warn", `reachable on ${where}, not ready`, { unmet });
}
