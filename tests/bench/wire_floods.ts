/** How long a well-behaved client waits for its answers while another floods the server. */
import { join } from "@std/path/posix";
import { quantile } from "./figures.ts";
import { output, say } from "./programs.ts";
import { type Attacked, ATTACKING, ATTACKS } from "./wire_attacker.ts";
import { GET_HEADERS, loadResources, requestBody, WARM_CALLS } from "./wire_loads.ts";
import { type Server, startServer } from "./wire_servers.ts";

/** Seconds of each flood, in which the victim calls. */
const FLOOD_SECONDS = 2;
/** How long it calls before each flood, to compare with. */
const REST = "500ms";
/** Milliseconds beyond its seconds that the victim may take before it counts as not answered. */
const GRACE_MS = 5_000;

/** Milliseconds of an attacker's life at most: starting it takes a second. */
const ATTACKER_MS_MAX = 20_000;

/** Who is measured, and with what. */
export interface FloodPlace {
  /** The program with Go's server and clients. */
  readonly peer: string;
  readonly directory: string;
}

/** What the victim saw on one side. */
export interface Seen {
  readonly p50: number;
  readonly p99: number;
  /** p99 right before the flood; NaN where the server had not recovered from the one before. */
  readonly restP99: number;
  /** Attacks that were stopped as the judges of ours want it, answered otherwise, and not over at the end. */
  readonly stopped: number;
  readonly otherwise: number;
  readonly open: number;
}

/** One flood. A text says why there are no figures. */
export interface FloodRow {
  readonly name: string;
  readonly unit: "us";
  readonly ours: Seen | string;
  readonly peer: Seen | string;
}

type Side = "ours" | "peer";

/** Floods both servers, one flood on the one and then on the other; a server that died is started again. */
export async function measureFloods(place: FloodPlace): Promise<readonly FloodRow[]> {
  await using ours = new Victim("ours", place);
  await using peer = new Victim("peer", place);
  const rows: FloodRow[] = [];
  for (const name of Object.keys(ATTACKS)) {
    const row: FloodRow = {
      name,
      unit: "us",
      ours: await ours.under(name),
      peer: await peer.under(name),
    };
    await say(floodLine(row));
    rows.push(row);
  }
  return rows;
}

/** A line for people. */
export function floodLine({ name, ours, peer }: FloodRow): string {
  return `  ${name.padEnd(50)} ${seenText(ours)}  ours | ${seenText(peer)}  Go`;
}

function seenText(seen: Seen | string): string {
  if (typeof seen === "string") return seen.padEnd(68);
  const { p50, p99, restP99, stopped, otherwise, open } = seen;
  const attacks = `${stopped} stopped, ${otherwise} other, ${open} open`;
  const times = Number.isNaN(restP99) ? "no rest" : `${(p99 / restP99).toFixed(1)} x rest`;
  return `p50 ${p50} p99 ${p99} us, ${times}; ${attacks}`.padEnd(68);
}

/** A server, and the client that calls it. */
class Victim implements AsyncDisposable {
  readonly #side: Side;
  readonly #place: FloodPlace;
  #server: Server | undefined;

  constructor(side: Side, place: FloodPlace) {
    this.#side = side;
    this.#place = place;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }

  /** What the client sees under a flood. */
  async under(name: string): Promise<Seen | string> {
    await this.#start();
    const rest = await this.#times(REST) ?? [];
    const attacker = await startAttacker(this.#socket, name);
    const times = await this.#times(`${FLOOD_SECONDS}s`);
    const attacked = await attacker.end();
    if (await this.#isDead()) return `the server died (${attacked.last})`;
    if (times === undefined) return "the victim was not answered";
    const { stopped, otherwise, open } = attacked;
    return {
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      restP99: quantile(rest, 0.99),
      stopped,
      otherwise,
      open,
    };
  }

  get #socket(): string {
    return join(this.#place.directory, `${this.#side}.sock`);
  }

  async #start(): Promise<void> {
    if (this.#server !== undefined) return;
    const { peer } = this.#place;
    this.#server = await startServer(this.#side, { peer, socket: this.#socket });
    await loadResources(peer, this.#socket);
    await this.#h2load([`-n${WARM_CALLS}`, "-c8", "-m8"]);
  }

  async #isDead(): Promise<boolean> {
    if (this.#server === undefined || await this.#server.isAlive()) return false;
    await this.#server[Symbol.asyncDispose]();
    this.#server = undefined;
    return true;
  }

  /** Microseconds of each call of a client that calls one after the other; undefined where it was not answered. */
  async #times(duration: string): Promise<readonly number[] | undefined> {
    const log = join(this.#place.directory, "victim.log");
    const said = await this.#h2load([`-D${duration}`, "-c1", "-m1", `--log-file=${log}`])
      .catch(() => undefined);
    const text = await Deno.readTextFile(log).catch(() => "");
    await Deno.remove(log).catch(() => {}); // There is none where it could not connect.
    const failed = Number(/(\d+) failed/.exec(said ?? "")?.[1]);
    if (said === undefined || failed !== 0 || text === "") return undefined;
    return text.trim().split("\n").map((line) => Number(line.split("\t")[2]));
  }

  async #h2load(options: readonly string[]): Promise<string> {
    const { peer, directory } = this.#place;
    const body = join(directory, "victim.bin");
    await Deno.writeFile(body, await requestBody(peer, "get"));
    return await output({
      program: "h2load",
      args: [
        ...[`--base-uri=unix:${this.#socket}`, `--data=${body}`, ...options],
        ...GET_HEADERS,
        "http://localhost/cosi.resource.State/Get",
      ],
      msMax: FLOOD_SECONDS * 1000 + GRACE_MS,
    });
  }
}

/** Starts the attacker in a process of its own, so that its work is not the victim's. */
async function startAttacker(
  socket: string,
  name: string,
): Promise<{ end(): Promise<Attacked> }> {
  const script = join(import.meta.dirname ?? Deno.cwd(), "wire_attacker.ts");
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", "--no-check", script, socket, name],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    signal: AbortSignal.timeout(ATTACKER_MS_MAX),
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await lines.read();
  if (value !== ATTACKING) throw new Error(`Cannot start the attacker of "${name}": it ended`);
  return {
    async end() {
      await process.stdin.close();
      const { value: said } = await lines.read();
      // Attacks that the server does not end would go on.
      try {
        process.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // It has ended by itself.
      }
      await lines.cancel();
      await process.status;
      if (said === undefined) throw new Error(`Cannot see how "${name}" went: the attacker died`);
      return JSON.parse(said) as Attacked;
    },
  };
}
