/**
 * Compiles the binary, packs the image and boots it: `build.ts help` says how.
 *
 * Results are kept in a cache by what they were made from, and put in place whole: an
 * interrupted build leaves nothing half done.
 */
import { join } from "@std/path/posix";
import { BuildError, oneLine } from "./build/build_error.ts";
import { cacheDirectory, directoryCache } from "./build/cache.ts";
import { BUILD_HELP, type BuildCommand, parseBuildCommand } from "./build/command_line.ts";
import { unpackImage } from "./build/given_image.ts";
import { requireTools } from "./build/host_tools.ts";
import { buildBinary, buildImage, imageTools } from "./build/image.ts";
import { takeDown } from "./build/machine_down.ts";
import { machineFolder } from "./build/machine_folder.ts";
import { attend, bringUp, checkVacant, invitation } from "./build/machine_up.ts";
import { standardProgress } from "./build/progress.ts";
import { checkDeno } from "./build/toolchain.ts";
import { openWorkshop, type Workshop } from "./build/workshop.ts";

/** Signals that end a build, or the machine it stays with, in order. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

if (import.meta.main) Deno.exitCode = await main(Deno.args);

/** Does what `argv` asks and returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new BuildError("Interrupted", 130));
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, onSignal);
  // A file's mode in the image must not depend on who builds it.
  Deno.umask(0o022);
  try {
    return await perform(parseBuildCommand(argv), stop.signal);
  } catch (error) {
    const told = stop.signal.aborted ? stop.signal.reason : error;
    const message = told instanceof BuildError ? told.message : `Cannot go on: ${oneLine(told)}`;
    await Deno.stderr.write(new TextEncoder().encode(`build.ts: ${message}\n`));
    return told instanceof BuildError ? told.exitCode : 1;
  } finally {
    for (const signal of STOP_SIGNALS) Deno.removeSignalListener(signal, onSignal);
  }
}

async function perform(command: BuildCommand, signal: AbortSignal): Promise<number> {
  const root = import.meta.dirname ?? Deno.cwd();
  const progress = standardProgress();
  if (command.name === "help") {
    progress.line(BUILD_HELP.trimEnd());
    return 0;
  }
  if (command.name === "down") {
    await takeDown(command.directory, progress);
    return 0;
  }
  checkDeno(Deno.version.deno, Deno.build.target);

  const cache = directoryCache(cacheDirectory((name) => Deno.env.get(name)));
  const workshop = await openWorkshop(root, { cache, progress, signal });
  switch (command.name) {
    case "build":
      await buildBinary(workshop);
      break;
    case "image":
      await buildImage(workshop, command.image);
      break;
    case "up":
      await up(workshop, command);
      break;
    case "clean":
      await cache.clear();
      await Deno.remove(join(root, "dist"), { recursive: true }).catch(() => {});
  }
  return 0;
}

/** The directory of the image to boot: built, or verified where one was given. */
async function imageOf(
  workshop: Workshop,
  { image, given, machine }: Extract<BuildCommand, { name: "up" }>,
): Promise<string> {
  if (given === undefined) {
    await requireTools(workshop, [...imageTools(image.flavour), "qemu-system-x86_64"]);
    return await buildImage(workshop, image);
  }
  await requireTools(workshop, ["qemu-system-x86_64"]);
  const folder = machineFolder(machine.directory).image;
  return await unpackImage(workshop, { path: given, folder });
}

async function up(
  workshop: Workshop,
  command: Extract<BuildCommand, { name: "up" }>,
): Promise<void> {
  const { root, progress } = workshop;
  // Before the build: what cannot start should not take a minute to say so.
  await checkVacant(command.machine);
  const image = await imageOf(workshop, command);
  const machine = await bringUp(workshop, { ...command.machine, image });
  for (const line of invitation(machine, { root, mode: command.mode })) progress.line(line);
  if (command.mode === "attached") await attend(workshop, machine);
}
