/** Tools, orphans and signals to everybody in {@linkcode FakeKernel}. */
import type { ToolResult } from "../../fs/kernel/process_calls.ts";
import { FakeMappedDevices } from "./kernel_mapped.ts";
import { refusal } from "./kernel_tree.ts";

/** Runs in place of a program. */
export type FakeTool = (
  args: readonly string[],
  context: { readonly signal: AbortSignal },
) => Partial<ToolResult> | Promise<Partial<ToolResult>>;

/** Bytes kept of each output of a tool. */
const OUTPUT_BYTES_MAX = 64 * 1024;

/** The part of the fake that has children. */
export class FakeChildren extends FakeMappedDevices {
  /** Pids of other processes, each with the signals it does not die of. */
  readonly processes = new Map<number, readonly number[]>();
  /** Pids that ended and wait to be reaped. */
  readonly zombies = new Set<number>();
  readonly #tools = new Map<string, FakeTool>();
  readonly #owned = new Set<number>();
  readonly #exitListeners = new Set<() => void>();

  /** Has `tool` run where the program at `path` would. */
  onTool(path: string, tool: FakeTool): void {
    this.addFile(path, "#!");
    this.#tools.set(path, tool);
  }

  /** Has a child end, and tells who listens. */
  endChild(pid: number): void {
    this.processes.delete(pid);
    this.zombies.add(pid);
    this.tellOfEnd();
  }

  async runTool(
    path: string,
    args: readonly string[],
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<ToolResult> {
    this.enter("execve", path, ...args);
    options.signal?.throwIfAborted();
    const tool = this.#tools.get(path);
    this.tree.walk("execve", path);
    if (tool === undefined) throw refusal("execve", path, "EACCES");
    const { promise: killed, reject: kill } = Promise.withResolvers<never>();
    const ended = new AbortController();
    const late = `Cannot run "${path}": it took over ${options.timeoutMs ?? 60_000} ms`;
    const timer = setTimeout(() => {
      kill(new DOMException(late, "TimeoutError"));
    }, options.timeoutMs ?? 60_000);
    const onAbort = (): void => kill(options.signal?.reason);
    options.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const running = Promise.resolve(tool(args, { signal: ended.signal }));
      const result = await Promise.race([running, killed]);
      const { code = 0, signal = null, stdout = "", stderr = "" } = result;
      return { code, signal, stdout: capped(stdout), stderr: capped(stderr) };
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      ended.abort();
    }
  }

  reapOrphans(): number {
    const orphans = [...this.zombies].filter((pid) => !this.#owned.has(pid));
    for (const pid of orphans) this.zombies.delete(pid);
    return orphans.length;
  }

  ownChild(pid: number): Disposable {
    this.#owned.add(pid);
    return { [Symbol.dispose]: () => void this.#owned.delete(pid) };
  }

  onChildExit(listener: () => void): Disposable {
    this.#exitListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#exitListeners.delete(listener) };
  }

  signalAll(signal: number): boolean {
    const found = this.processes.size > 0;
    for (const [pid, survives] of [...this.processes]) {
      if (signal !== 0 && !survives.includes(signal)) this.endChild(pid);
    }
    return found;
  }

  protected tellOfEnd(): void {
    for (const listener of this.#exitListeners) listener();
  }
}

function capped(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return new TextDecoder().decode(bytes.subarray(0, OUTPUT_BYTES_MAX));
}
