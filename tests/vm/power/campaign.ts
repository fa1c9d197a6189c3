/**
 * Power cuts in numbers, and one state again:
 *
 * - `deno task campaign:power [--rounds N] [--seed SEED]`: a row of N boots (200), and states of each recorded run, a
 *   line a boot; `boots [N [SEED]]` says the same;
 * - `deno task campaign:power states FOLDER RUN [N [SEED]]`: N states (3000) of the recorded run in FOLDER;
 * - `deno task campaign:power state FOLDER RECORDS SEED ATOMIC`: makes one state of it, and says where.
 */
import { parseArgs } from "node:util";
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { readWriteLog } from "../nbd/write_log.ts";
import { checkStates, keepFailed, makeState } from "./check_states.ts";
import { runCutRow } from "./power_cuts.ts";
import { planStates } from "./state_plan.ts";

const IMAGE = "dist/probe-image";
const BOOTS = 200;
const STATES = 3000;

/** Once of either ends a row in order, twice at once. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** States checked of each run of a row. */
const STATES_EACH = 25;

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

/** Aborts when somebody wants the end: the boot at hand is finished, so that nothing of it is left. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const end = (): void => {
    say("ends with this boot");
    stop.abort();
    for (const signal of STOP_SIGNALS) Deno.removeSignalListener(signal, end);
  };
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, end);
  return stop.signal;
}

async function runBoots(count: number, seed: number): Promise<void> {
  say(`seed ${seed}`);
  const folder = await Deno.makeTempDir({ prefix: "strata-power-" });
  const sinceMs = performance.now();
  const until = stopSignal();
  const row = { image: IMAGE, folder, seed, boots: count, statesEach: STATES_EACH, say, until };
  const { boots, ready, acknowledged, repairs, states } = await runCutRow(row);
  await Deno.remove(folder, { recursive: true });
  const seconds = ((performance.now() - sinceMs) / 1000).toFixed(0);
  say(
    `${boots} of ${count} boots, ${ready} ready before their cut, ${states} states, ${acknowledged} files`,
  );
  say(`nothing lost, ${repairs} repairs, ${seconds} s`);
}

async function states(
  folder: string,
  options: { readonly run: number; readonly count: number; readonly seed: number },
): Promise<void> {
  say(`seed ${options.seed}`);
  const plan = planStates(await readWriteLog(folder), options);
  const verdicts = await checkStates({ folder, before: [], run: options.run, states: plan });
  for (const line of await keepFailed(folder, verdicts)) say(line);
  const failed = verdicts.filter(({ faults }) => faults.length > 0).length;
  say(`${verdicts.length} states, ${failed} failed`);
  if (failed > 0) Deno.exitCode = 1;
}

/** @throws {RangeError} It is no number of things there could be. */
function wholeNumber(word: string): number {
  if (/^[1-9]\d{0,9}$/.test(word)) return Number(word);
  throw new RangeError(`Cannot use "${word}": it must be a whole number, such as 200`);
}

/** @throws {TypeError} An option that is none. */
function parsed(args: readonly string[]) {
  const options = { rounds: { type: "string" }, seed: { type: "string" } } as const;
  const words = args.filter((word) => word !== "--");
  const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true });
  return { ...values, positionals };
}

async function main(args: readonly string[]): Promise<void> {
  const { rounds, seed: named, positionals: [what = "boots", ...rest] } = parsed(args);
  if (what === "boots") {
    const [count = BOOTS, seed = randomSeed()] = [rounds ?? rest[0], named ?? rest[1]]
      .map((word) => word === undefined ? undefined : wholeNumber(word));
    return await runBoots(count, seed);
  }
  const [folder = "", ...words] = rest;
  const numbers = words.map(Number);
  if (what === "states") {
    const [run = 0, count = STATES, seed = randomSeed()] = numbers;
    return await states(folder, { run, count, seed });
  }
  const [records = 0, seed = 0, atomic] = numbers;
  if (what !== "state") throw new RangeError(`Cannot do "${what}": boots, states, state are known`);
  const path = join(folder, `state-${records}-${seed}.img`);
  const manners = { heedsFlush: true, atomicBytes: atomic === 4096 ? 4096 : 512 } as const;
  await makeState(folder, { path, state: { records, seed, manners } });
  say(path);
}

if (import.meta.main) {
  await main(Deno.args).catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    Deno.exitCode = 1;
  });
}
