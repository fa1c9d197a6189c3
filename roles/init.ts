/**
 * The machine's whole life, in order: raise the root, live until somebody asks for the end, end in order, reboot(2).
 * Every way out ends there, since the kernel panics when PID 1 returns.
 */
import type { Ending, Kernel } from "../fs/kernel/kernel.ts";
import type { Log } from "../runtime/core/ports.ts";
import type { Agent } from "./agent.ts";
import { raiseRoot, SIGNING_KEY } from "./boot.ts";
import { consoleLog, descriptorSink } from "./console_log.ts";
import { surviveErrors } from "./survival.ts";
import { Timeline } from "./timeline.ts";

/** Milliseconds a failure of the boot stays on the console before the machine starts again. */
const FAILURE_SHOWN_MS = 10_000;

/**
 * The machine's whole life.
 *
 * @param extend Adds controllers of a test image.
 * @returns What the machine shall do next.
 */
async function live(
  kernel: Kernel,
  log: Log,
  extend?: (agent: Agent, kernel: Kernel) => void | Promise<void>,
): Promise<Ending> {
  const timeline = new Timeline(() => kernel.uptimeMs(), log);
  const early = await raiseRoot(kernel, timeline);
  // Read by V8 while the kernel loads the modules that raiseRoot() left behind.
  const { liveMachine } = await timeline.step("runtime", () => import("./machine.ts"));
  return await liveMachine({ ...early, kernel, timeline, log, ...(extend ? { extend } : {}) });
}

/** Runs the life and carries out what it returns. Never returns on Linux. */
export async function initMain(
  openKernel: () => Kernel,
  extend?: (agent: Agent, kernel: Kernel) => void | Promise<void>,
): Promise<void> {
  const kernel = openKernel();
  const log = consoleLog(descriptorSink(Deno.stdout), {
    uptimeMs: () => kernel.uptimeMs(),
    least: "info",
  });
  log.write("info", "agent starts");
  surviveErrors(log);
  // A referenced timer: an event loop with nothing to wait for would end the process.
  setInterval(() => {}, 2 ** 30);
  const ending = await live(kernel, log, extend).catch(async (error: unknown): Promise<Ending> => {
    log.write("error", "the boot failed; the machine starts again", { error });
    await new Promise((resolve) => setTimeout(resolve, FAILURE_SHOWN_MS));
    return "restart";
  });
  log.write("info", `reboot: ${ending}`);
  kernel.reboot(ending);
}

/** Whether this process is the init of a machine, and not merely the first of a container. */
export function isInit(): boolean {
  if (Deno.pid !== 1) return false;
  try {
    return Deno.lstatSync(SIGNING_KEY).isFile;
  } catch {
    return false;
  }
}
