/**
 * Runs the same workloads on our state in memory and on that of Go's cosi-project/runtime, interleaved in one run, and
 * says how ours compares: `deno task bench:state [--rounds N] [--only WORKLOAD] [--json FILE]`.
 */
import { parseArgs } from "node:util";
import { join } from "@std/path/posix";
import { WORKLOADS } from "./state_ours.ts";
import { type Figure, quantile } from "./state_items.ts";

/** Rounds at most: a run of half an hour. */
const ROUNDS_MAX = 100;
/** One workload of one side; the slowest takes a few seconds. */
const WORKLOAD_MS_MAX = 60_000;
/** Downloading and compiling the peer for the first time takes half a minute. */
const BUILD_MS_MAX = 600_000;

/** What ours is to reach. `ratio`: against the peer of the same run. */
const GOALS: Readonly<Record<string, { readonly value?: number; readonly ratio?: number }>> = {
  "get (synchronous, ids in order)": { value: 5e6, ratio: 2 },
  "get (synchronous, ids shuffled)": { value: 5e6, ratio: 2 },
  "update": { value: 1.2e6, ratio: 1 },
  "updateWithConflicts": { value: 0.6e6, ratio: 1 },
  "list 100 k": { value: 12, ratio: 9 },
  "list by label (10 %)": { value: 1, ratio: 9 },
  "update to last of 1000 watchers, p50": { value: 800, ratio: 2 },
  "update to last of 1000 watchers, p99": { value: 3000, ratio: 2 },
  "writer with 1000 blocked watchers, to none": { value: 0.9 },
};

/** A program to run to its end. */
interface Command {
  readonly program: string;
  readonly args: string[];
  readonly cwd?: string;
  readonly msMax: number;
}

interface Compared {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number;
  /** Above 1: ours is better. */
  readonly ratio: number;
}

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
    const peer = await buildPeer(directory);
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
    for (const one of compared) await say(line(one));
    if (values.json !== undefined) {
      await Deno.writeTextFile(values.json, `${JSON.stringify(compared, null, 2)}\n`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Compiles the Go program; its module pins what it is made of. */
async function buildPeer(directory: string): Promise<string> {
  const program = join(directory, "state-bench");
  const args = ["build", "-o", program, "./state-bench"];
  const cwd = join(import.meta.dirname ?? Deno.cwd(), "../interop");
  await output({ program: "go", args, cwd, msMax: BUILD_MS_MAX });
  return program;
}

/** A workload on ours, in a process of its own like the peer's. */
function ourCommand(name: string): Command {
  const script = join(import.meta.dirname ?? Deno.cwd(), "state_ours.ts");
  const args = ["run", "-q", "--no-check", "--v8-flags=--expose-gc", script, name];
  return { program: Deno.execPath(), args, msMax: WORKLOAD_MS_MAX };
}

async function figures(command: Command): Promise<readonly Figure[]> {
  return JSON.parse(await output(command));
}

/** What a program said. @throws {Error} It failed, or took too long and was ended. */
async function output(command: Command): Promise<string> {
  const { program, args, msMax, ...place } = command;
  const signal = AbortSignal.timeout(msMax);
  const { code, stdout, stderr } = await new Deno.Command(program, { args, signal, ...place })
    .output();
  const decoder = new TextDecoder();
  if (code === 0) return decoder.decode(stdout);
  const words = [program, ...args].join(" ");
  throw new Error(`Cannot run ${words}: exit code ${code}\n${decoder.decode(stderr)}`);
}

/** What each round of each side measured. */
class Samples {
  readonly #units = new Map<string, string>();
  readonly #values = { ours: new Map<string, number[]>(), peer: new Map<string, number[]>() };

  add(side: "ours" | "peer", measured: readonly Figure[]): void {
    const of = this.#values[side];
    for (const { name, unit, value } of measured) {
      this.#units.set(name, unit);
      of.set(name, [...of.get(name) ?? [], value]);
    }
  }

  /** @throws {Error} A figure that only one side measured. */
  compare(): readonly Compared[] {
    return [...this.#units].map(([name, unit]) => {
      const [ours, peer] = [this.#median("ours", name), this.#median("peer", name)];
      const ratio = unit.endsWith("/s") || unit === "ratio" ? ours / peer : peer / ours;
      return { name, unit, ours, peer, ratio };
    });
  }

  #median(side: "ours" | "peer", name: string): number {
    const values = this.#values[side].get(name);
    if (values === undefined) throw new Error(`Cannot compare "${name}": ${side} did not measure`);
    return quantile(values, 0.5);
  }
}

function line({ name, unit, ours, peer, ratio }: Compared): string {
  const texts = [ours, peer].map((value) => shortNumber(value).padStart(8));
  const verdict = judge({ name, unit, ours, ratio });
  return `  ${name.padEnd(44)} ${texts[0]} ours ${texts[1]} Go  ${unit.padEnd(8)} ` +
    `ratio ${ratio.toFixed(2).padStart(6)}${verdict}`;
}

function judge(
  { name, unit, ours, ratio }: Pick<Compared, "name" | "unit" | "ours" | "ratio">,
): string {
  const goal = GOALS[name];
  if (goal === undefined) return "";
  const more = unit.endsWith("/s") || unit === "ratio";
  const words: string[] = [];
  if (goal.value !== undefined) {
    const met = more ? ours >= goal.value : ours <= goal.value;
    words.push(`goal ${shortNumber(goal.value)} ${met ? "met" : "missed"}`);
  }
  if (goal.ratio !== undefined) {
    words.push(`${goal.ratio} x Go ${ratio >= goal.ratio ? "met" : "missed"}`);
  }
  return `  ${words.join(", ")}`;
}

function shortNumber(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)} k`;
  return value.toFixed(value < 10 ? 2 : 0);
}

async function say(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) await main(Deno.args);
