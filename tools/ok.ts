/** `deno task ok`: the gate of every change. Stops at the first step that fails, and names it. */
import { BASELINE, bufWords, PROTO } from "./buf.ts";
import { type Ended, LOCKED, readText, runQuietly, say, typescriptFiles } from "./checkout.ts";
import { apiDocDifferences } from "./doc/api_doc.ts";
import { generatedDifferences } from "./gen.ts";
import { unusedPackages } from "./mapped_imports.ts";
import { specificationFaults } from "./specification.ts";
import { runLanes, type Step } from "./step.ts";
import { homeless, partsOf, TIERS } from "./tiers.ts";

const FILES = typescriptFiles();

/** Tests that stand beside their file, run without any permission. */
const UNIT = TIERS.filter(({ name }) => name === "unit")
  .flatMap((tier) => partsOf(tier, FILES))
  .filter(({ permissions }) => permissions.length === 0)
  .flatMap(({ files }) => files);

/** Files with an example in a doc comment. */
const DOCUMENTED = FILES.filter((path) => /^ \* ```ts$/m.test(readText(path) ?? ""));

/** A step that is one command of Deno; `files` are left out of what is shown to the reader. */
function denoStep(name: string, words: readonly string[], files: readonly string[] = []): Step {
  const shown = files.length === 0 ? [] : ["FILES"];
  return {
    name,
    alone: ["deno", ...words, ...shown].join(" "),
    run: (signal) => runQuietly({ words: [Deno.execPath(), ...words, ...files], signal }),
  };
}

function bufStep(name: string, ...args: readonly string[]): Step {
  return {
    name,
    alone: `cd ${PROTO} && ${bufWords(...args).join(" ")}`,
    run: (signal) => runQuietly({ words: bufWords(...args), cwd: PROTO, signal }),
  };
}

/** A step that is a check of ours: it fails with one line for each fault. */
function houseStep(
  name: string,
  alone: string,
  faults: (signal: AbortSignal) => string[] | Promise<string[]>,
): Step {
  return {
    name,
    alone,
    run: async (signal): Promise<Ended> => {
      const found = await faults(signal);
      return { code: found.length === 0 ? 0 : 1, output: found.join("\n") };
    },
  };
}

const DENO_LANE: readonly Step[] = [
  denoStep("format", ["fmt", "--check"]),
  denoStep("lint", ["lint"]),
  denoStep("types", ["check", ...LOCKED], FILES),
  denoStep("unit tests", ["test", ...LOCKED, "--no-prompt", "--quiet"], UNIT),
  ...(DOCUMENTED.length === 0
    ? []
    : [denoStep("doc tests", ["test", ...LOCKED, "--no-prompt", "--doc"], DOCUMENTED)]),
];

// One after the other: two npx at once get in each other's way while they install.
const HOUSE_LANE: readonly Step[] = [
  houseStep(
    "every test in a tier",
    "see tools/tiers.ts",
    () => homeless(FILES).map((path) => `${path} is in no tier`),
  ),
  houseStep(
    "packages earn place",
    "see import_map.json",
    () => unusedPackages().map((name) => `import_map.json maps "${name}", nothing shipped uses it`),
  ),
  houseStep(
    "specification",
    "deno run --allow-read tools/specification.ts",
    () => specificationFaults("source"),
  ),
  bufStep("buf lint", "lint"),
  bufStep("buf breaking", "breaking", "--against", BASELINE),
  houseStep("generated code", "deno task gen && git diff proto/gen", generatedDifferences),
  houseStep("docs/api.md", "deno task gen && git diff docs", apiDocDifferences),
];

if (import.meta.main) {
  const sinceMs = performance.now();
  const passed = await runLanes([DENO_LANE, HOUSE_LANE]);
  const took = ((performance.now() - sinceMs) / 1000).toFixed(1);
  if (passed) say(`ok in ${took} s`);
  Deno.exit(passed ? 0 : 1);
}
