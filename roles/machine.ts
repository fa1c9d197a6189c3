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
import { systemClock } from "../runtime/system/clock.ts";
import { systemRandom } from "../runtime/system/random.ts";
import { MachineStatusSpec_Stage as Stage } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import { type Agent, createAgent } from "./agent.ts";
import type { EarlyFacts } from "./boot.ts";
import { EndRequest } from "./end_request.ts";
import { type END_DEADLINE_MS, endMachine } from "./end_machine.ts";
import { etcFilesLaid } from "./etc_files_laid.ts";
import { followState } from "./followed_state.ts";
import { registerFileControllers } from "./file_controllers.ts";
import { keepHeapTrimmed } from "./kept_heap.ts";
import { designedLayers, layOverlays } from "./layers.ts";
import { httpText } from "./listen_address.ts";
import { beginLife, type PreviousEnd } from "./life_record.ts";
import { tellMachineIdentity } from "./machine_identity.ts";
import { MachineEvents } from "./machine_events.ts";
import { openListeners } from "./machine_listeners.ts";
import { type MachineOutside, outside } from "./machine_outside.ts";
import { type MachineSettings, machineSettings } from "./machine_settings.ts";
import { MachineView } from "./machine_view.ts";
import { configureNetwork } from "./network.ts";
import { keepNetworkFace, networkFaceAnswers, tellNetworkFace } from "./network_face.ts";
import { seedNetwork } from "./network_seeds.ts";
import { armWatchdog, obeySignals, prepareProcess, reapOrphans } from "./pid1.ts";
import { previousEndOf, volumeSource } from "./status_specs.ts";
import { startServices } from "./services.ts";
import type { StepNote, Timeline } from "./timeline.ts";
import { VERSION } from "./version.ts";

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
  /** Milliseconds that the network face is waited for; 30 000 unless given. */
  readonly faceMs?: number;
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

async function live(parts: MachineParts, lifetime: Lifetime): Promise<Ending> {
  const { kernel, timeline, log } = parts;
  const { over, stop, halt } = lifetime;
  const settings = machineSettings(parts.commandLine);
  const events = new MachineEvents({ clock: systemClock(), random: systemRandom() });
  const end = new EndRequest(log, (ending, actor) => events.beginEnd(ending, actor));
  await firstDuties(parts, { settings, end, lifetime });
  const view = await machineView(kernel, timeline, settings);
  const agent = await timeline.step("state", () => startAgent(parts, settings, view));
  const running = Promise.all([
    agent.engine.run(halt.signal),
    followState(agent.state, events, { log, signal: halt.signal }),
  ]).then(() => {});
  const services = await startServices(agent, kernel, {
    face: parts.face,
    probe: parts.outside?.probe,
  });
  const served = { kernel, timeline, settings, agent, view, end, events, services };
  const listened = { ...served, outside: parts.outside ?? outside, signal: stop.signal };
  await timeline.attempt("network face kept", () => keepNetworkFace(agent, kernel, settings));
  const listeners = await openListeners(listened);
  const watchdog = await raiseDevices(parts, settings, over);
  const volume = await parts.volume;
  // Without it the token and the certificates are files on /var, or there are none.
  await optional(log, parts.modules.loaded("qemu_fw_cfg"));
  // As soon as that is known: it opens its listeners while the rest of the boot goes on.
  await timeline.attempt("network face told", () => tellNetworkFace(agent, served));
  await settleVolume(parts, settings, { agent, view, watchdog, volume });
  await timeline.attempt("files of /etc", () => etcFilesLaid(agent, stop.signal));
  await timeline.attempt("network face", async (note) => {
    const waited = { mostMs: parts.faceMs, signal: stop.signal };
    if (!await networkFaceAnswers(agent, waited)) note.detail = "does not answer yet";
  });
  view.set({ stage: Stage.RUNNING });
  keepHeapTrimmed({ openKernel: () => kernel, clock: agent.clock, log, signal: stop.signal });
  announce(log, view, settings);
  // The boot mounted them: who waits for the machine need not wait until that is written down.
  const overlays = overlaysOf(volume, settings);
  await timeline.attempt("mounts kept", () => keepMounts(agent, { kernel, overlays }));

  const ending = await end.wanted;
  view.set({ stage: ending === "restart" ? Stage.REBOOTING : Stage.SHUTTING_DOWN });
  const own = { deadlineMs: parts.endMs, state: agent.state, services, listeners, stop, halt };
  await endMachine({ kernel, timeline, settings, volume, ending, running, ...own });
  return ending;
}

/** What the first process of a machine has to do before it can do anything else. */
async function firstDuties(
  { kernel, timeline, log, outside: world = outside }: MachineParts,
  { settings, end, lifetime: { over, stop } }: {
    readonly settings: MachineSettings;
    readonly end: EndRequest;
    readonly lifetime: Lifetime;
  },
): Promise<void> {
  await timeline.attempt("process", () => {
    obeySignals(end, world, over);
    reapOrphans(kernel, log, stop.signal);
    prepareProcess(kernel);
  });
  await timeline.attempt("settings", () => {
    if (settings.problems.length > 0) throw new RangeError(settings.problems.join("; "));
  });
}

/** What needs devices besides /var: watchdog and network. */
async function raiseDevices(
  parts: MachineParts,
  settings: MachineSettings,
  over: AbortSignal,
): Promise<Watchdog | undefined> {
  const { kernel, timeline, modules } = parts;
  const watchdog = await timeline.attempt(
    "watchdog",
    (note) => guard(parts, settings, { note, over }),
  );
  await timeline.attempt("network", async (note) => {
    await modules.loaded("virtio_net");
    note.detail = configureNetwork(kernel, settings);
  });
  return watchdog;
}

/** What lies on /var: the record of lives, overlays, the machine's id. */
async function settleVolume(
  parts: MachineParts,
  settings: MachineSettings,
  { agent, view, watchdog, volume }: {
    readonly agent: Agent;
    readonly view: MachineView;
    readonly watchdog: Watchdog | undefined;
    readonly volume: VolumeFacts;
  },
): Promise<void> {
  const { kernel, timeline } = parts;
  const previousEnd = await timeline.attempt(
    "life record",
    (note) => recordLife(kernel, settings, { watchdog, volume, note }),
  );
  const overlays = overlaysOf(volume, settings);
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
}

/** None where there is nothing to keep them on. */
function overlaysOf(
  { phase }: VolumeFacts,
  settings: MachineSettings,
): MachineSettings["overlays"] {
  return phase === "ready" ? settings.overlays : [];
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

function announce(log: Log, view: MachineView, settings: MachineSettings): void {
  const { ready, unmet } = view.health();
  const where = httpText(settings.http);
  if (ready) log.write("info", `ready on ${where}`);
  else log.write("warn", `reachable on ${where}, not ready`, { unmet });
}
