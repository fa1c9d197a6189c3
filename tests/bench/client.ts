/**
 * Puts the same calls on the server of Go's cosi-project/runtime by our client, grpc-js, connect-node and grpc-go, interleaved in
 * one run: `deno task bench:client [--rounds N] [--calls N] [--json FILE]`. Needs Go, Node and npm.
 */
import { create, type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { file_cosi_resource_state } from "../../proto/gen/cosi/resource/state_pb.ts";
import { parseArgs } from "node:util";
import { join } from "@std/path/posix";
import { V8_FLAGS } from "../../build/v8_flags.ts";
import { quantile } from "./figures.ts";
import { buildPeer, type Command, output, say } from "./programs.ts";
import { startServer } from "./wire_servers.ts";

/** Rounds at most: a run of ten minutes. */
const ROUNDS_MAX = 50;
/** Calls of one client in one round at most. */
const CALLS_MAX = 1_000_000;
/** One client in one round. */
const CLIENT_MS_MAX = 60_000;
const INSTALL_MS_MAX = 240_000;

/** Who the others are compared with. */
const OURS = "ours, gRPC";

const HERE = import.meta.dirname ?? Deno.cwd();
const ROOT = join(HERE, "../..");

interface Result {
  readonly perSecond: number;
  readonly medianUs: number;
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      calls: { type: "string", default: "20000" },
      json: { type: "string" },
    },
  });
  const rounds = bounded("rounds", values.rounds, ROUNDS_MAX);
  const calls = bounded("calls", values.calls, CALLS_MAX);
  const directory = await Deno.makeTempDir({ prefix: "strata-bench-" });
  try {
    const peer = await buildPeer(directory, "wire-bench");
    const socket = join(directory, "peer.sock");
    const clients = await commands({ directory, peer, socket, calls });
    await using _server = await startServer("peer", { peer, socket });
    await output({ program: peer, args: ["load", socket, "10"], msMax: CLIENT_MS_MAX });
    const results = new Map<string, Result[]>();
    for (let round = 0; round < rounds; round++) {
      for (const [name, command] of Object.entries(clients)) {
        const said: Result = JSON.parse(await output(command));
        results.set(name, [...results.get(name) ?? [], said]);
      }
    }
    await say(
      `Get of one resource from Go's server on a unix socket, medians of ${rounds} rounds:`,
    );
    const medians = [...results].map(([name, all]) => ({ name, ...medianOf(all) }));
    const ours = medians.find(({ name }) => name === OURS);
    for (const one of medians) await say(line(one, ours ?? one));
    if (values.json !== undefined) {
      await Deno.writeTextFile(values.json, `${JSON.stringify(medians, null, 2)}\n`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function medianOf(all: readonly Result[]): Result {
  return {
    perSecond: quantile(all.map((one) => one.perSecond), 0.5),
    medianUs: quantile(all.map((one) => one.medianUs), 0.5),
  };
}

function line(
  { name, perSecond, medianUs }: Result & { readonly name: string },
  ours: Result,
): string {
  const many = `${perSecond.toFixed(0).padStart(7)} calls/s with 64 in flight`;
  const one = `${medianUs.toFixed(0).padStart(4)} us one after another`;
  const times = [ours.perSecond / perSecond, medianUs / ours.medianUs]
    .map((ratio) => ratio.toFixed(2).padStart(5));
  return `  ${name.padEnd(22)} ${many}, ${one}; ours is ${times.join(" and ")} times as fast`;
}

function bounded(name: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new RangeError(`Cannot take ${text} ${name}: may be 1 to ${most}`);
}

/** How each client is run. */
async function commands({ directory, peer, socket, calls }: {
  readonly directory: string;
  readonly peer: string;
  readonly socket: string;
  readonly calls: number;
}): Promise<Readonly<Record<string, Command>>> {
  const msMax = CLIENT_MS_MAX;
  const ours = (protocol: string): Command => {
    const script = join(HERE, "client_ours.ts");
    const flags = `--v8-flags=${V8_FLAGS}`;
    const args = ["run", "-A", "-q", "--no-check", flags, script, protocol, socket, `${calls}`];
    return { program: Deno.execPath(), args, msMax };
  };
  const descriptors = join(directory, "descriptors.bin");
  const files = [...dependencies(file_cosi_resource_state)].map(({ proto }) => proto);
  const set = create(FileDescriptorSetSchema, { file: files });
  await Deno.writeFile(descriptors, toBinary(FileDescriptorSetSchema, set));
  const node = async (name: string, facts: string): Promise<Command> => {
    const script = await installed(directory, name);
    const args = [script, facts, join(HERE, "client_load.mjs"), socket, `${calls}`];
    return { program: "node", args, msMax };
  };
  return {
    [OURS]: ours("grpc"),
    "grpc-js (Node)": await node("grpc-js", join(ROOT, "proto")),
    "connect-node (Node)": await node("connect-node", descriptors),
    "grpc-go": { program: peer, args: ["calls", socket, `${calls}`], msMax },
  };
}

/** Installs a client of Node. @returns Its script. */
async function installed(directory: string, name: string): Promise<string> {
  const folder = join(directory, name);
  await Deno.mkdir(folder);
  for (const file of ["package.json", "package-lock.json", "bench.mjs"]) {
    await Deno.copyFile(join(ROOT, "tests/interop", name, file), join(folder, file));
  }
  const install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await output({ program: "npm", args: install, cwd: folder, msMax: INSTALL_MS_MAX });
  return join(folder, "bench.mjs");
}

/** A file of descriptors behind those that it needs. */
function dependencies(file: DescFile): Set<DescFile> {
  return new Set([...file.dependencies.flatMap((one) => [...dependencies(one)]), file]);
}

if (import.meta.main) await main(Deno.args);
