/** Programs that a benchmark builds and runs. */
import { join } from "@std/path/posix";

/** Downloading and compiling a peer for the first time takes half a minute. */
const BUILD_MS_MAX = 600_000;

/** A program to run to its end. */
export interface Command {
  readonly program: string;
  readonly args: string[];
  readonly cwd?: string;
  readonly msMax: number;
}

/** Compiles the Go program of tests/interop called `name` into `directory`; its module pins what it is made of. */
export async function buildPeer(directory: string, name: string): Promise<string> {
  const program = join(directory, name);
  const args = ["build", "-o", program, `./${name}`];
  const cwd = join(import.meta.dirname ?? Deno.cwd(), "../interop");
  await output({ program: "go", args, cwd, msMax: BUILD_MS_MAX });
  return program;
}

/** What a program said. @throws {Error} It failed, or took too long and was ended. */
export async function output(command: Command): Promise<string> {
  const { program, args, msMax, ...place } = command;
  const signal = AbortSignal.timeout(msMax);
  const { code, stdout, stderr } = await new Deno.Command(program, { args, signal, ...place })
    .output();
  const decoder = new TextDecoder();
  if (code === 0) return decoder.decode(stdout);
  const words = [program, ...args].join(" ");
  throw new Error(`Cannot run ${words}: exit code ${code}\n${decoder.decode(stderr)}`);
}

/** Tells the reader of a benchmark. */
export async function say(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
}
