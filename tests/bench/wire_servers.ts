/** The servers that `bench:wire` puts its loads on. */
import { join } from "@std/path/posix";

/** A server at work; disposing it ends its process. */
export interface Server extends AsyncDisposable {
  /** Memory of the process that is in RAM. */
  residentBytes(): Promise<number>;
  /** Has ours collect its garbage, sooner than it would by itself; the peer does nothing. */
  collect(): Promise<void>;
  /** Whether the process lives. */
  isAlive(): Promise<boolean>;
}

/** A server says this line when it listens. */
export const LISTENING = "listening\n";

/** Ours can be asked to collect. */
const EXPOSE_GC = "--v8-flags=--expose-gc";

/** Starts a server on a unix socket and waits until it listens. @throws {Error} It ended first. */
export async function startServer(
  side: "ours" | "peer",
  { peer, socket }: { readonly peer: string; readonly socket: string },
): Promise<Server> {
  await Deno.remove(socket).catch(() => {}); // Left by the one before.
  const script = join(import.meta.dirname ?? Deno.cwd(), "wire_server.ts");
  const [program, ...args] = side === "peer"
    ? [peer, "serve", socket]
    : [Deno.execPath(), "run", "-A", "-q", "--no-check", EXPOSE_GC, script, socket];
  const process = new Deno.Command(program ?? "", { args, stdin: "piped", stdout: "piped" })
    .spawn();
  const input = process.stdin.getWriter();
  const bytes = new Uint8Array(LISTENING.length);
  const reader = process.stdout.getReader({ mode: "byob" });
  const { value } = await reader.read(bytes, { min: LISTENING.length });
  if (new TextDecoder().decode(value) !== LISTENING) {
    throw new Error(`Cannot start the server of ${side}: it ended`);
  }
  return {
    residentBytes: async () => {
      const status = await Deno.readTextFile(`/proc/${process.pid}/status`);
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    collect: async () => {
      if (side === "ours") await input.write(Uint8Array.of(0)).catch(() => {}); // It may have died.
    },
    async isAlive() {
      const stat = await Deno.readTextFile(`/proc/${process.pid}/stat`).catch(() => "");
      return stat !== "" && !/\) [ZX] /.test(stat);
    },
    async [Symbol.asyncDispose]() {
      await input.close().catch(() => {}); // It may have died.
      await reader.cancel();
      await process.status;
    },
  };
}
