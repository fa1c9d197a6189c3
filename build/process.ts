import { LimitedBytesTransformStream, toText } from "@std/streams";
import { BuildError } from "./build_error.ts";

/** Bytes kept of each of a program's two outputs: far more than any tool here says when it works. */
const OUTPUT_BYTES_MAX = 4 << 20;

/** Lines of a failed program's errors that are passed on. */
const ERROR_LINES_MAX = 3;

/** Errors in words: no backtraces of the tools' own insides, no colours. */
const QUIET = { RUST_BACKTRACE: "0", RUST_LIB_BACKTRACE: "0", NO_COLOR: "1" };

/** How a program is run. */
export interface RunOptions {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** In a session of its own, where the terminal's Ctrl-C does not reach it. */
  readonly detached?: boolean;
  readonly signal: AbortSignal;
}

/** What a program that ran to its end said. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, without standard input. Aborting sends it SIGTERM.
 *
 * @throws {BuildError} It cannot be started.
 * @throws `signal.reason` once aborted.
 */
export async function finish(command: string, options: RunOptions): Promise<Finished> {
  options.signal.throwIfAborted();
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command, {
      args: [...options.args],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      // Deno's own certificates know no private registry; the system's may.
      env: { DENO_TLS_CA_STORE: "system,mozilla", LC_ALL: "C.UTF-8", ...QUIET, ...options.env },
      detached: options.detached ?? false,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: options.signal,
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new BuildError(`Cannot run ${command}: no such program`);
  }
  const bounded = (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> =>
    toText(stream.pipeThrough(new LimitedBytesTransformStream(OUTPUT_BYTES_MAX)));
  const [stdout, stderr, status] = await Promise.all([
    bounded(child.stdout),
    bounded(child.stderr),
    child.status,
  ]);
  options.signal.throwIfAborted();
  return { code: status.code, stdout, stderr };
}

/**
 * As {@linkcode finish}, and the program must succeed.
 *
 * @returns Its standard output.
 * @throws {BuildError} It cannot be started, or ended with another code than 0.
 */
export async function run(command: string, options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await finish(command, options);
  if (code === 0) return stdout;
  const name = command.slice(command.lastIndexOf("/") + 1);
  throw new BuildError(`Cannot run ${name}: exit code ${code}: ${lastLines(stderr || stdout)}`);
}

/** The end of what a program said, without colours, on one line. */
export function lastLines(text: string): string {
  const plain = plainText(text).split("\n").map((line) => line.trim()).filter((line) => line);
  return plain.slice(-ERROR_LINES_MAX).join("; ") || "it said nothing";
}

/** Text without terminal sequences and without control characters other than the newline. */
export function plainText(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  return text.replaceAll(/\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, "");
}
