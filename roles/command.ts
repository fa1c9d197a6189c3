/** The process as a command: the command line in the world of a terminal. */
import { runCli } from "../api/cli/cli.ts";
import { processWorld } from "../api/cli/process_world.ts";
import type { ServeOptions } from "../api/cli/world.ts";
import type { Kernel } from "../fs/kernel/kernel.ts";
import { linkedAbort } from "../runtime/core/linked_abort.ts";
import { systemClock } from "../runtime/system/clock.ts";
import { systemRandom } from "../runtime/system/random.ts";
import { versionFacts } from "./version.ts";

/** Runs the command `args` name and answers its exit code. */
export async function commandMain(
  args: readonly string[],
  openKernel: () => Kernel,
): Promise<number> {
  const interrupt = new AbortController();
  Deno.addSignalListener(
    "SIGINT",
    () => interrupt.abort(new DOMException("interrupted", "AbortError")),
  );
  const { signal } = interrupt;
  const world = processWorld({
    signal,
    clock: systemClock(),
    random: systemRandom(),
    version: versionFacts({ platform: "host", mode: "container" }),
    async knownTypes() {
      const { machineTypes } = await import("../runtime/resources/machine_types.ts");
      return machineTypes();
    },
    async images() {
      const { imageChecks } = await import("./image_checks.ts");
      return imageChecks();
    },
    serve: (options) => serve(options, { openKernel, signal }),
  });
  return await runCli(args, world);
}

interface ServeContext {
  readonly openKernel: () => Kernel;
  readonly signal: AbortSignal;
}

/** Runs the agent on this host until SIGINT or SIGTERM, which both end it in order with 0. */
async function serve(options: ServeOptions, context: ServeContext): Promise<number> {
  // Loaded only here: no other command needs the agent.
  const { serveHost } = await import("./host.ts");
  const { surviveErrors } = await import("./survival.ts");
  const { consoleLog, descriptorSink } = await import("./console_log.ts");
  const kernel = context.openKernel();
  const log = consoleLog(descriptorSink(Deno.stderr), {
    uptimeMs: () => performance.now(),
    least: "info",
  });
  surviveErrors(log);
  const end = linkedAbort(context.signal);
  Deno.addSignalListener("SIGTERM", () => end.abort());
  const out = descriptorSink(Deno.stdout);
  await serveHost(options, {
    kernel,
    log,
    env: (name) => Deno.env.get(name),
    signal: end.signal,
    print: (line) => out.line(line),
  });
  return 0;
}
