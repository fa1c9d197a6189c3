import { BuildError } from "./build_error.ts";
import {
  type MachineFolder,
  machineFolder,
  readIfPresent,
  readToken,
  removeIfPresent,
  runningPid,
} from "./machine_folder.ts";
import type { Progress } from "./progress.ts";

/** A machine ends in order in seconds; after this it is ended as by a power cut. */
const ORDERLY_MS_MAX = 30_000;

/** A process sent SIGKILL is gone at once, unless the host's disk holds it. */
const KILLED_MS_MAX = 10_000;

/** The machine answers a shutdown call at once, or does not answer at all. */
const CALL_MS_MAX = 5_000;

const LOOK_MS = 50;

/** Ends the machine of `directory` in order. A machine that does not run is ended already. */
export async function takeDown(directory: string, progress: Progress): Promise<void> {
  const folder = machineFolder(directory);
  if ((await runningPid(folder)) === undefined) {
    await removeIfPresent(folder.pid);
    progress.line(`No machine runs in ${folder.path}`);
    return;
  }
  await progress.step("shutdown", async (note) => note(await endMachine(folder)));
}

/**
 * Asks the machine to shut down, waits, and ends QEMU when it does not.
 *
 * @returns How it ended.
 * @throws {BuildError} The process cannot be ended.
 */
export async function endMachine(folder: MachineFolder): Promise<string> {
  const asked = await askShutdown(folder);
  if (asked === undefined && await gone(folder, ORDERLY_MS_MAX)) return "powered off";
  const why = asked ?? `still up after ${ORDERLY_MS_MAX / 1000} s`;
  await killMachine(folder);
  return `killed: ${why}`;
}

/** Ends QEMU as by a power cut. @throws {BuildError} It does not end. */
export async function killMachine(folder: MachineFolder): Promise<void> {
  const pid = await runningPid(folder);
  if (pid !== undefined) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  if (!(await gone(folder, KILLED_MS_MAX))) {
    throw new BuildError(`Cannot end QEMU: process ${pid} does not go away`);
  }
}

/** @returns Why the machine did not take the call, or undefined when it did. */
async function askShutdown(folder: MachineFolder): Promise<string | undefined> {
  const endpoint = (await readIfPresent(folder.endpoint))?.trim();
  const token = await readToken(folder);
  if (!endpoint || token === undefined) return "its endpoint or token is not known";
  try {
    const response = await fetch(`${endpoint}/machine.MachineService/Shutdown`, {
      method: "POST",
      headers: { "content-type": "application/json", "authorization": `Bearer ${token}` },
      body: "{}",
      signal: AbortSignal.timeout(CALL_MS_MAX),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `it answered ${response.status} to the shutdown call`;
  } catch {
    return "it did not answer the shutdown call";
  }
}

async function gone(folder: MachineFolder, withinMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + withinMs;
  while ((await runningPid(folder)) !== undefined) {
    if (performance.now() > deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await removeIfPresent(folder.pid);
  return true;
}
