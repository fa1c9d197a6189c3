/** The servers that `bench:wire` puts its loads on. */
import { join } from "@std/path/posix";
import { V8_FLAGS } from "../../build/v8_flags.ts";
import { EVENT_INTERVAL } from "../../roles/event_loop.ts";

/** A server at work; disposing it ends its process. */
export interface Server extends AsyncDisposable {
  /** Ports that it said it listens on. */
  readonly ports: readonly number[];
  /** Memory of the process that is in RAM. */
  residentBytes(): Promise<number>;
  /** Has ours collect its garbage, sooner than it would by itself; the others do nothing. */
  collect(): Promise<void>;
  /** Whether the process lives. */
  isAlive(): Promise<boolean>;
}

/** A server says a line with this and its ports when it listens. */
export const LISTENING = "listening";

/** The unix socket of HTTP/1.1, in the folder that a server is given. */
export const HTTP_SOCKET = "http.sock";

/** The unix socket for apid, in the folder that a server is given. */
export const MACHINE_SOCKET = "machine.sock";

/** Lets callers over TCP in. */
export const TOKEN = "correct-horse";

/** Bytes of the line at most: two ports. */
const LINE_BYTES_MAX = 64;

/** What ours ships with; and it can be asked to collect. */
const OUR_FLAGS = `--v8-flags=${V8_FLAGS},--expose-gc`;

/**
 * Who serves: ours, Go's cosi-project/runtime, `Deno.serve` and nothing behind it, or our proxy, which needs ours in the same
 * folder.
 */
export type Side = "ours" | "peer" | "raw" | "apid";

/** Where a server is to listen. */
export interface ServerPlace {
  /** The program with Go's server. */
  readonly peer: string;
  readonly socket: string;
  /** With certificates, for what is not on the socket. */
  readonly folder?: string;
}

/** Starts a server and waits until it listens. @throws {Error} It ended first. */
export async function startServer(side: Side, place: ServerPlace): Promise<Server> {
  const { socket, folder } = place;
  if (side !== "apid") await Deno.remove(socket).catch(() => {}); // Left by the one before.
  if (folder !== undefined && side !== "apid") {
    for (const name of [HTTP_SOCKET, MACHINE_SOCKET]) {
      await Deno.remove(join(folder, name)).catch(() => {});
    }
  }
  const [program, ...args] = commandOf(side, place);
  const env = { [EVENT_INTERVAL]: "1" }; // As PID 1 is told.
  const process = new Deno.Command(program, { args, env, stdin: "piped", stdout: "piped" }).spawn();
  const input = process.stdin.getWriter();
  const reader = process.stdout.getReader();
  const [word, ...ports] = (await firstLine(reader)).split(" ");
  if (word !== LISTENING) throw new Error(`Cannot start the server of ${side}: it ended`);
  return {
    ports: ports.map(Number),
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

function commandOf(
  side: Side,
  { peer, socket, folder }: ServerPlace,
): readonly [string, ...string[]] {
  const further = folder === undefined ? [] : [folder];
  if (side === "peer") return [peer, "serve", socket, ...further];
  const script = (name: string): string => join(import.meta.dirname ?? Deno.cwd(), name);
  const run: readonly [string, ...string[]] = [Deno.execPath(), "run", "-A", "-q", "--no-check"];
  if (side === "apid") return [...run, OUR_FLAGS, script("wire_apid_server.ts"), ...further];
  if (side === "raw") return [...run, script("wire_raw.ts"), ...further];
  return [...run, OUR_FLAGS, script("wire_server.ts"), socket, ...further];
}

/** What a program says first, without the end of the line; what it says later is for nobody. */
async function firstLine(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let said = "";
  while (!said.endsWith("\n") && said.length < LINE_BYTES_MAX) {
    const { value, done } = await reader.read();
    if (done) break;
    said += new TextDecoder().decode(value);
  }
  return said.trimEnd();
}
