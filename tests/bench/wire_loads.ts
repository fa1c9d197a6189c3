/** The loads of `bench:wire`: clients of their own, the same for every server. */
import { join } from "@std/path/posix";
import type { Figure } from "./figures.ts";
import { quantile } from "./figures.ts";
import { output } from "./programs.ts";

/** Resources of the one kind that is asked for. */
export const RESOURCE_COUNT = 5_000;

/** Bytes of one resource as it travels, at least. */
const RESOURCE_BYTES_MIN = 100;

/** A server under load. */
export interface Target {
  readonly socket: string;
  /** The program with the clients in Go. */
  readonly peer: string;
  /** For files of one load. */
  readonly directory: string;
  residentBytes(): Promise<number>;
}

/** One load; takes a few seconds at most. */
type Load = (target: Target) => Promise<readonly Figure[]>;

const LOAD_MS_MAX = 120_000;
/** Calls that a fresh server gets before the ones that count: compilers need to see a program run. */
export const WARM_CALLS = 40_000;
/** Headers of a call, as h2load takes them. */
export const GET_HEADERS: readonly string[] = [
  "-H",
  "content-type: application/grpc",
  "-H",
  "te: trailers",
];
/** Creating the resources takes a second. */
const CREATE_MS_MAX = 60_000;
const CALLS = 100_000;
const SEQUENTIAL_CALLS = 10_000;
const LISTS = 60;
const WATCHERS = 100;
const UPDATES = 2_000;
const IDLE_WATCHES = 2_000;

export const LOADS: Readonly<Record<string, Load>> = {
  async get(target) {
    const connections = ["-c8", "-m8"];
    await h2load(target, { kind: "get", calls: WARM_CALLS, connections });
    const value = await h2load(target, { kind: "get", calls: CALLS, connections });
    return [{ name: "Get, 8 connections x 8 streams", unit: "op/s", value }];
  },

  async sequential(target) {
    const connections = ["-c1", "-m1"];
    const log = join(target.directory, "latency.log");
    await h2load(target, { kind: "get", calls: WARM_CALLS, connections: ["-c8", "-m8"] });
    await h2load(target, { kind: "get", calls: SEQUENTIAL_CALLS, connections });
    await h2load(target, {
      kind: "get",
      calls: SEQUENTIAL_CALLS,
      connections: [...connections, `--log-file=${log}`],
    });
    const lines = (await Deno.readTextFile(log)).trim().split("\n");
    const times = lines.map((line) => Number(line.split("\t")[2]));
    await Deno.remove(log);
    return [
      { name: "Get, one after another, p50", unit: "us", value: quantile(times, 0.5) },
      { name: "Get, one after another, p99", unit: "us", value: quantile(times, 0.99) },
    ];
  },

  async list(target) {
    const connections = ["-c1", "-m1"];
    await h2load(target, { kind: "list", calls: LISTS, connections });
    const lists = await h2load(target, { kind: "list", calls: LISTS, connections });
    return [{ name: "List of 5000", unit: "items/s", value: lists * RESOURCE_COUNT }];
  },

  async watch({ socket, peer }) {
    const args = ["watch", socket, String(WATCHERS), String(UPDATES)];
    const value = Number(await output({ program: peer, args, msMax: LOAD_MS_MAX }));
    return [{ name: "Watch, 100 clients", unit: "events/s", value }];
  },

  async idle({ socket, peer, residentBytes }) {
    const before = await residentBytes();
    const args = ["idle", socket, String(IDLE_WATCHES)];
    const clients = new Deno.Command(peer, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    })
      .spawn();
    const opened = clients.stdout[Symbol.asyncIterator]();
    const { value: said } = await opened.next();
    if (new TextDecoder().decode(said) !== "open\n") throw new Error("Cannot open the watches");
    const value = (await residentBytes() - before) / IDLE_WATCHES;
    await clients.stdin.close();
    await opened.return?.();
    await clients.status;
    return [{ name: "memory of an idle watch", unit: "bytes", value }];
  },
};

/** Runs h2load over plain HTTP/2; gives calls a second. @throws {Error} A call failed. */
async function h2load(
  { socket, peer, directory }: Target,
  load: {
    readonly kind: "get" | "list";
    readonly calls: number;
    readonly connections: readonly string[];
  },
): Promise<number> {
  const { kind, calls, connections } = load;
  const body = join(directory, `${kind}.bin`);
  await Deno.writeFile(body, await requestBody(peer, kind));
  const said = await output({
    program: "h2load",
    args: [
      `--base-uri=unix:${socket}`,
      ...connections,
      `-n${calls}`,
      `--data=${body}`,
      ...GET_HEADERS,
      `http://localhost/cosi.resource.State/${kind === "get" ? "Get" : "List"}`,
    ],
    msMax: LOAD_MS_MAX,
  });
  const succeeded = Number(/(\d+) succeeded/.exec(said)?.[1]);
  const bytes = Number(/\((\d+)\) data/.exec(said)?.[1]);
  const perSecond = Number(/, ([\d.]+) req\/s/.exec(said)?.[1]);
  // A refusal has no message, and would be the fastest of all answers.
  const least = calls * RESOURCE_BYTES_MIN * (kind === "list" ? RESOURCE_COUNT : 1);
  if (succeeded === calls && bytes > least && perSecond > 0) return perSecond;
  throw new Error(`Cannot measure ${kind}: ${said}`);
}

/** Creates what is asked for. */
export async function loadResources(peer: string, socket: string): Promise<void> {
  const args = ["load", socket, String(RESOURCE_COUNT)];
  await output({ program: peer, args, msMax: CREATE_MS_MAX });
}

/** The framed request of a call. */
export async function requestBody(peer: string, kind: "get" | "list"): Promise<Uint8Array> {
  const args = ["request", kind, String(RESOURCE_COUNT)];
  const { code, stdout } = await new Deno.Command(peer, { args }).output();
  if (code !== 0) throw new Error(`Cannot make a request of ${kind}`);
  return stdout;
}
