/** Running a program to its end. */
import { ERRNO } from "./errno.ts";
import type { ProcessCalls, ToolResult } from "./process_calls.ts";
import { SyscallError } from "./syscall_error.ts";

/** Where tools look for others. */
const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
/** Milliseconds a tool may take, unless the caller says otherwise. */
const TIMEOUT_MS = 60_000;
/** Bytes kept of each output: enough for any message, and it is kept in memory. */
const OUTPUT_BYTES_MAX = 64 * 1024;

/**
 * The call that runs tools. Each is the first of a session of its own, so that what it started is killed with it.
 *
 * @param ownChild Told of every child as soon as there is one, so that nobody else takes its exit status.
 */
export function toolCalls(ownChild: ProcessCalls["ownChild"]): Pick<ProcessCalls, "runTool"> {
  return {
    async runTool(path, args, options = {}) {
      for (const each of [path, ...args]) {
        if (each.includes("\0")) {
          throw new RangeError(`Cannot run ${JSON.stringify(path)}: an argument holds a NUL`);
        }
      }
      const { timeoutMs = TIMEOUT_MS, signal } = options;
      signal?.throwIfAborted();
      const child = spawn(path, args);
      using _owned = ownChild(child.pid);
      const outputs = [child.stdout, child.stderr].map((stream) => capped(stream));
      let why: { readonly reason: unknown } | undefined;
      const kill = (reason: unknown): void => {
        why ??= { reason };
        killSession(child.pid);
        for (const output of outputs) output.cancel();
      };
      const late = `Cannot run "${path}": it took over ${timeoutMs} ms`;
      const timer = setTimeout(() => kill(new DOMException(late, "TimeoutError")), timeoutMs);
      const onAbort = (): void => kill(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      try {
        // Until both are closed, something of it is running; time and signal end that too.
        const [stdout = "", stderr = ""] = await Promise.all(outputs.map((each) => each.text));
        const status = await child.status;
        if (why !== undefined) throw why.reason;
        return result(status, { stdout, stderr });
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      }
    },
  };
}

function result(
  status: Deno.CommandStatus,
  outputs: { readonly stdout: string; readonly stderr: string },
): ToolResult {
  return { code: status.code, signal: status.signal, ...outputs };
}

/** Starts a program as the first of a session of its own. @throws {SyscallError} `ENOENT`, `EACCES`, `EAGAIN`, … */
export function spawn(path: string, args: readonly string[]): Deno.ChildProcess {
  try {
    return new Deno.Command(path, {
      args: [...args],
      clearEnv: true,
      env: { PATH },
      cwd: "/",
      detached: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const errno = new Map<unknown, number>(Object.entries(ERRNO)).get(code);
    if (errno === undefined) throw error;
    throw new SyscallError({ call: "execve", errno, subject: path }, { cause: error });
  }
}

/** Kills the process and all of its group. */
function killSession(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // Gone by itself meanwhile: fine.
  }
}

/** The first bytes of a stream as text; the rest is read and dropped, so that the writer can go on. */
function capped(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): { readonly text: Promise<string>; cancel(): void } {
  const reader = stream.getReader();
  return { text: readCapped(reader), cancel: () => void reader.cancel() };
}

async function readCapped(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const kept = new Uint8Array(OUTPUT_BYTES_MAX);
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return new TextDecoder().decode(kept.subarray(0, size));
    const part = value.subarray(0, kept.length - size);
    kept.set(part, size);
    size += part.length;
  }
}
