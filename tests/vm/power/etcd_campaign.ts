/** Power cuts under a writing etcd, in numbers: `deno task campaign:etcd [CUTS [SEED]]`, 12 cuts unless told otherwise. */
import { runEtcdRow } from "./etcd_cuts.ts";

const CUTS = 12;

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function main(words: readonly string[]): Promise<void> {
  const [cuts = CUTS, seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0] = words
    .filter((word) => word !== "--").map(wholeNumber);
  say(`seed ${seed}`);
  const folder = await Deno.makeTempDir({ prefix: "strata-etcd-" });
  const sinceMs = performance.now();
  const { acknowledged } = await runEtcdRow({ folder, seed, cuts, say });
  await Deno.remove(folder, { recursive: true });
  const seconds = ((performance.now() - sinceMs) / 1000).toFixed(0);
  say(`${cuts} power cuts, ${acknowledged} transactions acknowledged, nothing lost, ${seconds} s`);
}

/** @throws {RangeError} It is no number of things there could be. */
function wholeNumber(word: string): number {
  if (/^[1-9]\d{0,9}$/.test(word)) return Number(word);
  throw new RangeError(`Cannot use "${word}": it must be a whole number, such as 12`);
}

if (import.meta.main) {
  await main(Deno.args).catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    Deno.exitCode = 1;
  });
}
