/** The command line: reads it, runs one command, and says in one line what went wrong. */
import { CommandError, EXIT } from "../client/command_error.ts";
import type { CommandInput } from "./command_spec.ts";
import { readDuration } from "./duration.ts";
import { escapeText } from "./escape.ts";
import { Output, OutputClosed } from "./output.ts";
import { parseArguments } from "./parser.ts";
import { session, type SessionFlags, TIMEOUT_MS_DEFAULT } from "./session.ts";
import type { CliWorld } from "./world.ts";

/**
 * Runs a command line, without the program's name in front.
 *
 * Errors are one line on stderr that begins with `strata: `; wrong usage has a second one that names the help. An
 * interruption and a reader that went away are silent.
 *
 * @returns The exit code of interfaces' table. Never rejects.
 */
export async function runCli(args: readonly string[], world: CliWorld): Promise<number> {
  const out = new Output(world.stdout, world);
  try {
    const parsed = parseArguments(args, { width: out.width, colour: out.colour });
    if (parsed.kind === "refusal") {
      return await refuse(world, new CommandError(EXIT.usage, parsed.message), parsed.hint);
    }
    if (parsed.kind === "help") {
      await out.text(parsed.text);
      return EXIT.done;
    }
    const { command, input, global } = parsed.request;
    try {
      const work = await command.load();
      return await work.run(session(world, flagsOf(global)), input) ?? EXIT.done;
    } catch (error) {
      return await refuse(world, error, `strata ${command.name} --help`);
    }
  } catch (error) {
    return await refuse(world, error, "strata --help");
  }
}

function flagsOf(global: CommandInput["options"]): SessionFlags {
  const text = (name: string): string | undefined => {
    const value = global[name];
    return value === true ? undefined : value;
  };
  const timeout = text("timeout");
  return {
    endpoint: text("endpoint"),
    context: text("context"),
    tokenFile: text("token-file"),
    timeoutMs: timeout === undefined ? TIMEOUT_MS_DEFAULT : readDuration(timeout, "--timeout"),
  };
}

/** Says why the command ends as it does. Where even that cannot be said, the exit code says it. */
async function refuse(world: CliWorld, error: unknown, help: string): Promise<number> {
  if (error instanceof OutputClosed) return EXIT.done;
  const exit = world.signal.aborted
    ? EXIT.interrupted
    : error instanceof CommandError
    ? error.exit
    : EXIT.failed;
  if (exit === EXIT.interrupted) return exit;
  const message = error instanceof Error ? error.message || error.name : String(error);
  const hint = exit === EXIT.usage ? `See "${help}".\n` : "";
  try {
    await new Output(world.stderr, world).text(`strata: ${escapeText(message)}\n${hint}`);
  } catch {
    // Nobody reads stderr either.
  }
  return exit;
}
