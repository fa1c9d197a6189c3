/**
 * Runs the same workloads on our engine and on that of Go's cosi-project/runtime, interleaved in one run, and
 * says how ours compares: `deno task bench:engine [--rounds N] [--only WORKLOAD] [--json FILE]`.
 */
import { parseArgs } from "node:util";
import { join } from "@std/path/posix";
import { WORKLOADS } from "./engine_ours.ts";
import { comparedLine, type Goal, Samples } from "./comparison.ts";
import type { Figure } from "./figures.ts";
import { buildPeer, type Command, output, say } from "./programs.ts";

/** Rounds at most: a run of half an hour. */
const ROUNDS_MAX = 100;
/** One workload of one side; the slowest takes a few seconds. */
const WORKLOAD_MS_MAX = 60_000;

const GOALS: Readonly<Record<string, Goal>> = {
  "controller: input to output, p50": { value: 15 },
  "controller: input to output, p99": { value: 150 },
  "queue controller: input to output, p50": { value: 15 },
  "queue controller: input to output, p99": { value: 150 },
  "queue controller: burst of 20 k creates": { value: 40_000, ratio: 1.4 },
};

async function main(args: readonly string[]): Promise<void> {
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
  const names = Object.keys(WORKLOADS);
  const { only } = values;
  if (only !== undefined && !names.includes(only)) {
    throw new RangeError(`Cannot run workload "${only}": may be ${names.join(", ")}`);
  }

  const directory = await Deno.makeTempDir({ prefix: "strata-bench-" });
  try {
    const peer = await buildPeer(directory, "engine-bench");
    const samples = new Samples();
    for (const name of only === undefined ? names : [only]) {
      for (let round = 0; round < rounds; round++) {
        samples.add("ours", await figures(ourCommand(name)));
        samples.add("peer", await figures({ program: peer, args: [name], msMax: WORKLOAD_MS_MAX }));
      }
      await say(`  ${name} measured`);
    }
    const compared = samples.compare();
    await say(
      `\nMedians of ${rounds} interleaved rounds; a ratio above 1 says that ours is better:`,
    );
    for (const one of compared) await say(comparedLine(one, GOALS[one.name]));
    if (values.json !== undefined) {
      await Deno.writeTextFile(values.json, `${JSON.stringify(compared, null, 2)}\n`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A workload on ours, in a process of its own like the peer's. */
function ourCommand(name: string): Command {
  const script = join(import.meta.dirname ?? Deno.cwd(), "engine_ours.ts");
  const args = ["run", "-q", "--no-check", "--v8-flags=--expose-gc", script, name];
  return { program: Deno.execPath(), args, msMax: WORKLOAD_MS_MAX };
}

async function figures(command: Command): Promise<readonly Figure[]> {
  return JSON.parse(await output(command));
}

if (import.meta.main) await main(Deno.args);
