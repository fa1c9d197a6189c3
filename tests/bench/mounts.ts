/**
 * A mount and its unmounting by our kernel edge and by a shell of busybox, interleaved in one run:
 * `deno task bench:mounts [--rounds N] [--json FILE]`. Needs root.
 */
import { parseArgs } from "node:util";
import { join } from "@std/path/posix";
import { Samples } from "./comparison.ts";
import type { Figure } from "./figures.ts";
import { type Command, output, say } from "./programs.ts";

/** Rounds at most: a run of some minutes. */
const ROUNDS_MAX = 100;

/** Pairs of one run; what a run of none takes is taken off. */
const PAIRS = 2_000;

const RUN_MS_MAX = 60_000;

/** Runs a program in a mount namespace of its own. */
const ALONE = ["--mount", "--propagation", "private"];

const LOOP = 'count=0; while [ $count -lt "$2" ]; do ' +
  'mount -t tmpfs -o size=1m tmpfs "$1"; umount "$1"; count=$((count + 1)); done';

function ours(directory: string, pairs: number): Command {
  const script = join(import.meta.dirname ?? Deno.cwd(), "mounts_ours.ts");
  const deno = [Deno.execPath(), "run", "-q", "-A", "--no-check", script, directory];
  return { program: "unshare", args: [...ALONE, ...deno, String(pairs)], msMax: RUN_MS_MAX };
}

function busybox(directory: string, pairs: number): Command {
  const shell = ["busybox", "sh", "-c", LOOP, "pairs", directory, String(pairs)];
  return { program: "unshare", args: [...ALONE, ...shell], msMax: RUN_MS_MAX };
}

/** Microseconds a pair takes. */
async function measured(
  command: (directory: string, pairs: number) => Command,
  directory: string,
): Promise<readonly Figure[]> {
  const none = await elapsedMs(command(directory, 0));
  const all = await elapsedMs(command(directory, PAIRS));
  const value = (all - none) * 1000 / PAIRS;
  return [{ name: "mount and unmount of a tmpfs", unit: "us", value }];
}

async function elapsedMs(command: Command): Promise<number> {
  const sinceMs = performance.now();
  await output(command);
  return performance.now() - sinceMs;
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: "string" }, rounds: { type: "string", default: "5" } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
    throw new RangeError(`Cannot run ${values.rounds} rounds: may be 1 to ${ROUNDS_MAX}`);
  }
  const directory = await Deno.makeTempDir({ prefix: "strata-bench-" });
  try {
    const samples = new Samples();
    for (let round = 0; round < rounds; round++) {
      samples.add("ours", await measured(ours, directory));
      samples.add("peer", await measured(busybox, directory));
    }
    const compared = samples.compare();
    await say(`Medians of ${rounds} interleaved rounds; a ratio above 1 says that ours is better:`);
    for (const { name, unit, ours, peer, ratio } of compared) {
      await say(
        `  ${name}: ${ours.toFixed(0)} ${unit} ours, ${peer.toFixed(0)} busybox, ratio ${
          ratio.toFixed(1)
        }`,
      );
    }
    if (values.json !== undefined) {
      await Deno.writeTextFile(values.json, `${JSON.stringify(compared, null, 2)}\n`);
    }
  } finally {
    await Deno.remove(directory);
  }
}

if (import.meta.main) await main(Deno.args);
