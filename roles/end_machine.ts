/** The end of a machine, in order, with a deadline on each step: none of them may keep it from ending. */
import { unmountAll, unmountInside } from "../fs/ending.ts";
import type { Ending, Kernel } from "../fs/kernel/kernel.ts";
import type { VolumeFacts } from "../fs/var_volume.ts";
import type { State } from "../runtime/core/state.ts";
import { layerTargets, releaseLayers } from "./layer_release.ts";
import { endLife } from "./life_record.ts";
import type { MachineSettings } from "./machine_settings.ts";
import type { Services } from "./services.ts";
import type { Timeline } from "./timeline.ts";

/** Milliseconds each step may take. Together they stay below the watchdog's default minute. */
export const END_DEADLINE_MS = {
  api: 4_000,
  services: 12_000,
  processes: 6_000,
  layers: 8_000,
  controllers: 6_000,
  unmount: 8_000,
  sync: 14_000,
};

/** Milliseconds processes are given between SIGTERM and SIGKILL. */
const TERMINATE_MS = 3_000;

/** Milliseconds a killed process has to be gone: one that still holds a file would keep /var busy. */
const KILLED_MS = 2_000;

/** Milliseconds that naming who holds what is left of the layers may take: it reads the state. */
const NAMING_MS = 500;

/** Milliseconds between two looks whether they are gone. */
const LOOK_EVERY_MS = 50;

const SIGTERM = 15;
const SIGKILL = 9;

/** What has to be ended. */
export interface MachineEnd {
  readonly kernel: Kernel;
  readonly timeline: Timeline;
  readonly settings: MachineSettings;
  readonly volume: VolumeFacts;
  readonly ending: Ending;
  /** Where the wishes for mounts and files of /etc are. */
  readonly state: State;
  readonly services: Pick<Services, "stopAll">;
  /** Each resolves when a listener and its connections are closed. */
  readonly listeners: readonly Promise<void>[];
  /** Resolves when the controllers have ended. */
  readonly running: Promise<void>;
  /** Ends streams. */
  readonly stop: AbortController;
  /** Ends the controllers. */
  readonly halt: AbortController;
  /** Milliseconds each step may take, {@linkcode END_DEADLINE_MS} unless given. */
  readonly deadlineMs?: Readonly<typeof END_DEADLINE_MS> | undefined;
}

/**
 * Stops services, each before those it depends on, and whoever else could use a mount, has the controllers take the layers
 * away in reverse, stops them, unmounts what is left, syncs. Never throws: what fails is told, and the next step begins; so
 * a controller that hangs costs its deadline, and what it would have unmounted is unmounted without it, or made read-only.
 */
export async function endMachine(parts: MachineEnd): Promise<void> {
  const { kernel, timeline, stop, halt, deadlineMs = END_DEADLINE_MS } = parts;
  const why = new Error(`the machine ends: ${parts.ending}`);
  await timeline.attempt("stop api", async () => {
    stop.abort(why);
    await Promise.all(parts.listeners);
  }, { deadlineMs: deadlineMs.api });
  await timeline.attempt("stop services", async (note) => {
    const left = await parts.services.stopAll(deadlineMs.services);
    if (left.length > 0) note.detail = `left: ${left.join(", ")}`;
  }, { deadlineMs: deadlineMs.services + NAMING_MS });
  await timeline.attempt("stop processes", () => endProcesses(kernel), {
    deadlineMs: deadlineMs.processes,
  });
  await timeline.attempt("release layers", async (note) => {
    // Roots of containers, say: nobody is left who uses them, and no layer goes before what lies in it.
    const others = unmountInside(kernel, await layerTargets(parts.state));
    const ours = await within(deadlineMs.layers, (until) => releaseLayers(parts.state, until));
    note.detail = others === 0 ? ours : `${ours}, ${others} of others`;
  }, { deadlineMs: deadlineMs.layers + NAMING_MS });
  await timeline.attempt("stop controllers", () => {
    halt.abort(why);
    return parts.running;
  }, { deadlineMs: deadlineMs.controllers });
  await timeline.attempt("record end", (note) => {
    note.skipped = parts.volume.phase !== "ready";
    if (!note.skipped) endLife(kernel, parts.settings.bootId(kernel), parts.ending);
  });
  await timeline.attempt("unmount", (note) => {
    const left = unmountAll(kernel);
    if (left.length > 0) note.detail = `left: ${left.join(", ")}`;
  }, { deadlineMs: deadlineMs.unmount });
  await timeline.attempt("sync", () => kernel.sync(), { deadlineMs: deadlineMs.sync });
}

/** Runs `act` with a signal that aborts after that many milliseconds. */
async function within<T>(ms: number, act: (until: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new Error(`${ms} ms are over`)), ms);
  try {
    return await act(over.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** SIGTERM to every process, SIGKILL to those that stay. @throws {Error} Some outlive even that. */
async function endProcesses(kernel: Kernel): Promise<void> {
  if (!kernel.signalAll(SIGTERM)) return;
  if (await allGone(kernel, TERMINATE_MS)) return;
  kernel.signalAll(SIGKILL);
  if (await allGone(kernel, KILLED_MS)) return;
  throw new Error(`Cannot end every process: some are still there ${KILLED_MS} ms after SIGKILL`);
}

/** Waits until no process is left, at most `withinMs`. */
async function allGone(kernel: Kernel, withinMs: number): Promise<boolean> {
  const untilMs = kernel.uptimeMs() + withinMs;
  for (;;) {
    kernel.reapOrphans();
    if (!kernel.signalAll(0)) return true;
    if (kernel.uptimeMs() >= untilMs) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
