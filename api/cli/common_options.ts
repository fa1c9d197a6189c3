/** Options and arguments that several commands have. */
import { DATA_OUTPUTS } from "./choice.ts";
import type { ArgumentSpec, OptionSpec } from "./command_spec.ts";

/** `-o` of a command, which knows its own words besides those of data. */
export function outputOption(own: readonly string[], more: readonly string[] = []): OptionSpec {
  return {
    flags: "-o, --output <FORMAT>",
    summary: "how to show it",
    choices: [...own, ...DATA_OUTPUTS, ...more],
    ...(own[0] === undefined ? {} : { fallback: own[0] }),
  };
}

/** Of tables. */
export const NO_HEADERS: OptionSpec = {
  flags: "--no-headers",
  summary: "leave out the table's heading",
};

/** Where a type's resources are looked for. */
export const NAMESPACE: OptionSpec = {
  flags: "-n, --namespace <NAMESPACE>",
  summary: "namespace; by default the type's own",
  completes: "namespace",
};

/** The type of what is asked about. */
export const TYPE: ArgumentSpec = {
  name: "TYPE",
  summary: "type or alias of it, in any case; see strata types",
  required: true,
  completes: "type",
};
