/**
 * Puts the same load on our gRPC server and on that of Go's cosi-project/runtime, both on unix sockets, interleaved in
 * one run, and says how ours compares: `deno task bench:wire [--rounds N] [--only LOAD] [--json FILE]`. The load `tls` is the
 * same over TLS with client certificates; `hono` and `connect` are the HTTP API and calls over HTTP/1.1 against a
 * `Deno.serve` that knows nothing; `apid` is the same through our proxy, a process of its own, against the server itself.
 * The load `floods` runs once: a victim's latency while another client floods the server,
 * some five seconds a flood. Needs Go and h2load (Debian: nghttp2-client).
 */
import { parseArgs } from "node:util";
import { join } from "@std/path/posix";
import { comparedLine, type Goal, Samples } from "./comparison.ts";
import type { Figure } from "./figures.ts";
import { buildPeer, say } from "./programs.ts";
import { measureFloods } from "./wire_floods.ts";
import { HTTP_FIGURES, measureCalls, measureGets } from "./wire_http.ts";
import { loadResources, LOADS, type Target } from "./wire_loads.ts";
import { type Server, startServer } from "./wire_servers.ts";
import { APID_FIGURES, measureApid } from "./wire_apid.ts";
import { type LoadPlace, measureTls, TLS_FIGURES } from "./wire_tls.ts";

/** Rounds at most: a run of half an hour. */
const ROUNDS_MAX = 100;
/** The name of what is measured once, beside the loads. */
const FLOODS = "floods";
/** Who is the peer where Go is not. */
const RAW = "Deno.serve";
/** The same of the load whose peer is the server itself. */
const DIRECT = "direct";

/** Loads that start servers of their own kind. */
const FURTHER: Readonly<Record<string, (place: LoadPlace) => Promise<readonly Figure[]>>> = {
  tls: measureTls,
  hono: measureGets,
  connect: measureCalls,
  apid: measureApid,
};

/** Every load that is measured in rounds. */
const NAMES: readonly string[] = [...Object.keys(LOADS), ...Object.keys(FURTHER)];

const GOALS: Readonly<Record<string, Goal>> = {
  "Get, 8 connections x 8 streams": { value: 40_000, ratio: 1.5 },
  "Get, one after another, p50": { value: 80, ratio: 1 / 0.55 },
  "List of 5000": { value: 100_000, ratio: 1.4 },
  "Watch, 100 clients": { value: 100_000 },
  "memory of an idle watch": { value: 10_000 },
  [TLS_FIGURES.tls]: { value: 30_000 },
  [TLS_FIGURES.against]: { value: 30_000 },
  [HTTP_FIGURES.get]: { value: 50_000, ratio: 0.6, peer: RAW },
  [HTTP_FIGURES.getTcp]: { value: 50_000, ratio: 0.6, peer: RAW },
  [HTTP_FIGURES.connectJson]: { value: 40_000, peer: RAW },
  [HTTP_FIGURES.connectProto]: { value: 40_000, peer: RAW },
  [HTTP_FIGURES.grpcWeb]: { value: 40_000, peer: RAW },
  [APID_FIGURES.grpc]: { value: 12_000, ratio: 0.35, peer: DIRECT },
  [APID_FIGURES.http]: { value: 4_000, ratio: 0.25, peer: DIRECT },
  [APID_FIGURES.memory]: { value: 400, peer: DIRECT },
};

async function main(args: readonly string[]): Promise<void> {
  const { rounds, only, json } = parsed(args);
  const names = only === undefined ? NAMES : [only].filter((name) => name !== FLOODS);
  const directory = await Deno.makeTempDir({ prefix: "strata-bench-" });
  try {
    const peer = await buildPeer(directory, "wire-bench");
    const samples = new Samples();
    for (const name of names) {
      for (let round = 0; round < rounds; round++) {
        samples.add("ours", await measured(name, { side: "ours", peer, directory }));
        samples.add("peer", await measured(name, { side: "peer", peer, directory }));
      }
      await say(`  ${name} measured`);
    }
    const compared = samples.compare();
    if (compared.length > 0) {
      await say(
        `\nMedians of ${rounds} interleaved rounds; a ratio above 1 says that ours is better:`,
      );
    }
    for (const one of compared) await say(comparedLine(one, GOALS[one.name]));
    const withFloods = only === undefined || only === FLOODS;
    if (withFloods) await say("\nA client that calls one after another while another floods:");
    const floods = withFloods ? await measureFloods({ peer, directory }) : [];
    if (json !== undefined) {
      await Deno.writeTextFile(json, `${JSON.stringify([...compared, ...floods], null, 2)}\n`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function parsed(args: readonly string[]): {
  readonly rounds: number;
  readonly only: string | undefined;
  readonly json: string | undefined;
} {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "string" },
      only: { type: "string" },
      rounds: { type: "string", default: "5" },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
    throw new RangeError(`Cannot run ${values.rounds} rounds: may be 1 to ${ROUNDS_MAX}`);
  }
  const { only, json } = values;
  if (only !== undefined && only !== FLOODS && !NAMES.includes(only)) {
    const known = [...NAMES, FLOODS].join(", ");
    throw new RangeError(`Cannot run load "${only}": may be ${known}`);
  }
  return { rounds, only, json };
}

/** One load on a server of its own, so that no side remembers the load before. */
async function measured(name: string, place: LoadPlace): Promise<readonly Figure[]> {
  const further = FURTHER[name];
  if (further !== undefined) return await further(place);
  const { side, peer, directory } = place;
  const socket = join(directory, `${side}.sock`);
  await using server: Server = await startServer(side, { peer, socket });
  await loadResources(peer, socket);
  const target: Target = { socket, peer, directory, residentBytes: () => server.residentBytes() };
  const load = LOADS[name];
  if (load === undefined) throw new RangeError(`Cannot run load "${name}"`);
  return await load(target);
}

if (import.meta.main) await main(Deno.args);
