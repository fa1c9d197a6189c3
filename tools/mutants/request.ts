/** What `deno task mutants` is asked: folders, the bound, and where the full list goes. */
import { parseArgs } from "node:util";

export const USAGE =
  "usage: deno task mutants [--min PERCENT] [--lanes N] [--json FILE] [--again FILE] [FOLDER…]";

/** The state: what everything else of the runtime stands on. */
const FOLDERS: readonly string[] = ["runtime/core", "runtime/state"];

/** Percent of the mutants that the tests must notice. */
const KILLED_PERCENT_MIN = 85;

/** Processes of `deno test` at once. More than the processors makes time-outs of slow tests. */
const LANES = 2;
const LANES_MAX = 64;

export interface Request {
  /** Folders or files, as paths from the top. */
  readonly folders: readonly string[];
  readonly percentMin: number;
  readonly lanes: number;
  /** Where every mutant and its outcome is written as JSON. */
  readonly json?: string;
  /** Such a file of an earlier run: what died then is not tried again. */
  readonly again?: string;
}

/**
 * Reads the arguments.
 *
 * @throws {RangeError} An unknown option, or a number out of its range.
 */
export function parseRequest(args: readonly string[]): Request {
  const { values, positionals } = parsed(args);
  const { json, again } = values;
  const folders = positionals.map((path) => path.replace(/^\.\//, "").replace(/\/+$/, ""));
  return {
    folders: folders.length === 0 ? FOLDERS : folders,
    percentMin: numberOf("min", values.min ?? `${KILLED_PERCENT_MIN}`, { min: 0, max: 100 }),
    lanes: numberOf("lanes", values.lanes ?? `${LANES}`, { min: 1, max: LANES_MAX }),
    ...(json === undefined ? {} : { json }),
    ...(again === undefined ? {} : { again }),
  };
}

interface Words {
  readonly values: {
    readonly min?: string | undefined;
    readonly lanes?: string | undefined;
    readonly json?: string | undefined;
    readonly again?: string | undefined;
  };
  readonly positionals: readonly string[];
}

function parsed(args: readonly string[]): Words {
  const text = { type: "string" } as const;
  const options = { min: text, lanes: text, json: text, again: text };
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new RangeError(`${error.message}\n${USAGE}`);
  }
}

function numberOf(
  name: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new RangeError(`Cannot use --${name} "${text}": it may be ${min} to ${max}`);
}
