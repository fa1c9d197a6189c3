/**
 * Reads the whole root in the machine, cold, with and without its proof, interleaved in one run:
 * `deno task bench:verity [--rounds N] [--json FILE]`.
 */
import { parseArgs } from "node:util";
import { join } from "@std/path/posix";
import { cacheDirectory, directoryCache } from "../../build/cache.ts";
import { requireTools } from "../../build/host_tools.ts";
import { buildImage, imageTools } from "../../build/image.ts";
import { humanBytes, standardProgress } from "../../build/progress.ts";
import { openWorkshop } from "../../build/workshop.ts";
import { bootMachine } from "../vm/machine.ts";
import { probe } from "../vm/probe_client.ts";
import type { ReadingCost } from "../vm/probe_reading.ts";
import { median } from "./boot_milestones.ts";

/** Rounds at most: a run of some minutes. */
const ROUNDS_MAX = 20;

if (import.meta.main) await main(Deno.args);

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: "string" }, rounds: { type: "string", default: "5" } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
    throw new RangeError(`Cannot run ${values.rounds} rounds: may be 1 to ${ROUNDS_MAX}`);
  }
  const progress = standardProgress();
  const workshop = await openWorkshop(join(import.meta.dirname ?? Deno.cwd(), "../.."), {
    cache: directoryCache(cacheDirectory((name) => Deno.env.get(name))),
    progress,
    signal: AbortSignal.timeout(1_800_000),
  });
  await requireTools(workshop, [...imageTools("probe"), "qemu-system-x86_64"]);
  const image = await buildImage(workshop, { flavour: "probe" });
  const figures: Figure[] = [];
  const costs = await measured(image, rounds);
  const { digestDriver = "", bytes = 0 } = costs[0] ?? {};
  progress.line(`${digestDriver}, ${humanBytes(bytes)}, medians of ${rounds} rounds`);
  const each = (pick: (cost: ReadingCost) => number): readonly number[] => costs.map(pick);
  const rows = [
    ["device", each((cost) => cost.plainDevice), each((cost) => cost.provenDevice)],
    ["files", each((cost) => cost.plainFiles), each((cost) => cost.provenFiles)],
  ] as const;
  for (const [what, plain, proven] of rows) {
    const found = figure(`verity: reading all of the root's ${what}, cold`, plain, proven);
    figures.push(found);
    progress.line(
      `  ${what.padEnd(8)} plain ${found.peer.toFixed(1).padStart(8)} ms` +
        `  proven ${found.ours.toFixed(1).padStart(8)} ms  ${(1 / found.ratio).toFixed(2)}×`,
    );
  }
  if (values.json !== undefined) {
    await Deno.writeTextFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
}

async function measured(image: string, rounds: number): Promise<readonly ReadingCost[]> {
  await using machine = await bootMachine({ image, waitReady: "live" });
  await machine.waitConsole(/reachable on/);
  const costs: ReadingCost[] = [];
  for (let round = 0; round < rounds; round++) {
    const { error, value } = await probe(machine, { act: "reading cost" });
    if (error !== "") throw new Error(`Cannot measure: ${error}`);
    costs.push(value as ReadingCost);
  }
  return costs;
}

/** One figure of a benchmark. A ratio above 1 says that ours is better. */
interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
}

function figure(name: string, plain: readonly number[], proven: readonly number[]): Figure {
  const [peer, ours] = [median([...plain]), median([...proven])];
  return { name, unit: "ms", ours, peer, ratio: peer / ours };
}
