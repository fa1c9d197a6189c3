/**
 * A Linux in memory for unit tests: what {@linkcode Kernel} promises, as far as the suite in
 * tests/conformance/kernel.ts shows that Linux does the same.
 *
 * It begins like an initramfs: "/" is the only mount, with /dev, /etc, /proc, /run, /sys, /tmp and /var in it, and
 * /proc/self/mountinfo can be read before proc is mounted.
 */
import { parseInetAddress, parseInetPrefix } from "../../fs/kernel/inet.ts";
import type { Ending, Kernel, ToolResult } from "../../fs/kernel/kernel.ts";
import { FakeMappedDevices } from "./kernel_mapped.ts";
import { refusal } from "./kernel_tree.ts";

/** Runs in place of a program. */
export type FakeTool = (
  args: readonly string[],
  context: { readonly signal: AbortSignal },
) => Partial<ToolResult> | Promise<Partial<ToolResult>>;

/** A network link. */
export interface FakeLink {
  up: boolean;
  readonly addresses: string[];
}

/** Bytes kept of each output of a tool. */
const OUTPUT_BYTES_MAX = 64 * 1024;

/** Source: linux/utsname.h, __NEW_UTS_LEN. */
const HOSTNAME_BYTES_MAX = 64;

/** The fake. Everything that is not of {@linkcode Kernel} is for the test. */
export class FakeKernel extends FakeMappedDevices implements Kernel {
  hostname = "(none)";
  /** Links by name; `lo` is there. */
  readonly links = new Map<string, FakeLink>([["lo", { up: false, addresses: [] }]]);
  defaultRoute: { readonly gateway: string; readonly name: string } | undefined;
  /** How the machine was told to end. */
  readonly endings: Ending[] = [];
  /** How often everything was synced. */
  syncs = 0;
  ctrlAltDelCaught = false;
  openFilesLimit: bigint | undefined;
  /** Pids of other processes, each with the signals it does not die of. */
  readonly processes = new Map<number, readonly number[]>();
  /** Pids that ended and wait to be reaped. */
  readonly zombies = new Set<number>();
  readonly #tools = new Map<string, FakeTool>();
  readonly #owned = new Set<number>();
  readonly #exitListeners = new Set<() => void>();
  #uptimeMs = 1_000;

  /** Has `tool` run where the program at `path` would. */
  onTool(path: string, tool: FakeTool): void {
    this.addFile(path, "#!");
    this.#tools.set(path, tool);
  }

  /** Makes time go on. */
  advance(ms: number): void {
    this.#uptimeMs += ms;
  }

  /** Has a child end, and tells who listens. */
  endChild(pid: number): void {
    this.processes.delete(pid);
    this.zombies.add(pid);
    for (const listener of this.#exitListeners) listener();
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

  setOpenFilesLimit(limit: bigint): void {
    this.enter("setrlimit");
    this.openFilesLimit = limit;
  }

  setHostname(name: string): void {
    this.enter("sethostname", name);
    const { length } = new TextEncoder().encode(name);
    if (length > HOSTNAME_BYTES_MAX) throw refusal("sethostname", name, "EINVAL");
    this.hostname = name;
  }

  linkUp(name: string): void {
    this.#link("RTM_NEWLINK", name).up = true;
  }

  addAddress(name: string, cidr: string): void {
    const { addresses } = this.#link("RTM_NEWADDR", name);
    parseInetPrefix(cidr);
    if (!addresses.includes(cidr)) addresses.push(cidr);
  }

  addDefaultRoute(gateway: string, name: string): void {
    const { up } = this.#link("RTM_NEWROUTE", name);
    parseInetAddress(gateway);
    if (!up) throw refusal("RTM_NEWROUTE", gateway, "ENETUNREACH");
    this.defaultRoute ??= { gateway, name };
  }

  // deno-lint-ignore require-await -- a refusal must be a rejection
  async sync(): Promise<void> {
    this.enter("sync");
    this.syncs += 1;
  }

  catchCtrlAltDel(): void {
    this.enter("reboot");
    this.ctrlAltDelCaught = true;
  }

  reboot(ending: Ending): void {
    this.enter("reboot", ending);
    this.endings.push(ending);
  }

  uptimeMs(): number {
    return this.#uptimeMs;
  }

  euid(): number {
    return 0;
  }

  #link(call: string, name: string): FakeLink {
    this.enter(call, name);
    const link = this.links.get(name);
    if (link === undefined) throw refusal(call, name, "ENODEV");
    return link;
  }
}

function capped(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return new TextDecoder().decode(bytes.subarray(0, OUTPUT_BYTES_MAX));
}
