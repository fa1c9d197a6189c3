/** Runs the same workloads on ours and on Go's cosi-project/runtime, interleaved in one run, and says how ours compares. */
import { parseArgs } from "node:util";
import { join } from "@std/path/posix";
import { V8_FLAGS } from "../../build/v8_flags.ts";
import { comparedLine, type Goal, Samples } from "./comparison.ts";
import type { Figure } from "./figures.ts";
import { buildPeer, type Command, output, say } from "./programs.ts";

/** Rounds at most: a run of half an hour. */
const ROUNDS_MAX = 100;
/** One workload of one side; the slowest takes a few seconds. */
const WORKLOAD_MS_MAX = 60_000;

/** Two programs that take a workload's name and print its figures as JSON. */
export interface Twins {
  /** Ours, beside this file. */
  readonly ours: string;
  /** The folder of tests/interop with the one in Go. */
  readonly peer: string;
  readonly workloads: readonly string[];
  /** What is to be reached, by the name of the figure. */
  readonly goals: Readonly<Record<string, Goal>>;
}

/** Runs what `args` ask for and prints it. @throws {RangeError} They ask for what is not. */
export async function againstGo(twins: Twins, args: readonly string[]): Promise<void> {
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
  const names = twins.workloads;
  const { only } = values;
  if (only !== undefined && !names.includes(only)) {
    throw new RangeError(`Cannot run workload "${only}": may be ${names.join(", ")}`);
  }

  const directory = await Deno.makeTempDir({ prefix: "strata-bench-" });
  try {
    const peer = await buildPeer(directory, twins.peer);
    const samples = new Samples();
    for (const name of only === undefined ? names : [only]) {
      for (let round = 0; round < rounds; round++) {
        samples.add("ours", await figures(ourCommand(twins.ours, name)));
        samples.add("peer", await figures({ program: peer, args: [name], msMax: WORKLOAD_MS_MAX }));
      }
      await say(`  ${name} measured`);
    }
    const compared = samples.compare();
    await say(
      `\nMedians of ${rounds} interleaved rounds; a ratio above 1 says that ours is better:`,
    );
    for (const one of compared) await say(comparedLine(one, twins.goals[one.name]));
    if (values.json !== undefined) {
      await Deno.writeTextFile(values.json, `${JSON.stringify(compared, null, 2)}\n`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A workload on ours, in a process of its own like the peer's. */
function ourCommand(program: string, name: string): Command {
  const script = join(import.meta.dirname ?? Deno.cwd(), program);
  const args = ["run", "-q", "--no-check", `--v8-flags=${V8_FLAGS},--expose-gc`, script, name];
  return { program: Deno.execPath(), args, msMax: WORKLOAD_MS_MAX };
}

async function figures(command: Command): Promise<readonly Figure[]> {
  return JSON.parse(await output(command));
}
