/** `strata apid`: what the machine starts its network face by. For no people: the command line says nothing of it. */
import { parseArgs } from "node:util";
import type { Kernel } from "../fs/kernel/kernel.ts";
import { systemClock } from "../runtime/system/clock.ts";
import { systemRandom } from "../runtime/system/random.ts";
import { type ApidOptions, serveApid } from "./apid.ts";
import { MACHINE_SOCKET, STATE_SOCKET } from "./apid_sockets.ts";
import { consoleLog, descriptorSink } from "./console_log.ts";
import { keepHeapTrimmed } from "./kept_heap.ts";
import { surviveErrors } from "./survival.ts";

/** Exit code of a command line that is none, as those of other commands. */
const USAGE = 2;

/**
 * Runs until SIGTERM or SIGINT.
 *
 * @param args Behind the word.
 * @param openKernel Used for the memory of this process alone, and not before there is some to give back.
 * @returns The exit code.
 */
export async function apidMain(
  args: readonly string[],
  openKernel: () => Pick<Kernel, "trimHeap">,
): Promise<number> {
  const log = consoleLog(descriptorSink(Deno.stderr), {
    uptimeMs: () => performance.now(),
    least: "info",
  });
  let options: ApidOptions;
  try {
    options = optionsOf(args);
  } catch (error) {
    log.write("error", "cannot serve the API", { error });
    return USAGE;
  }
  surviveErrors(log);
  const end = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => end.abort(new Error(signal)));
  }
  const { signal } = end;
  const clock = systemClock();
  keepHeapTrimmed({ openKernel, clock, log, signal });
  await serveApid(options, { clock, random: systemRandom(), log, signal });
  return 0;
}

/** @throws {TypeError} An option that there is not. */
function optionsOf(args: readonly string[]): ApidOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "machine-socket": { type: "string", default: MACHINE_SOCKET },
      "state-socket": { type: "string", default: STATE_SOCKET },
    },
  });
  return { machineSocket: values["machine-socket"], stateSocket: values["state-socket"] };
}
