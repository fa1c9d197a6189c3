/** Label selectors of the command line, as the wire has them. */
import { CommandError, EXIT } from "../client/command_error.ts";
import { parseLabelSelector } from "../label_selector.ts";
import { Problem } from "../problem.ts";
import type { LabelOperation } from "../../runtime/core/state.ts";
import { LabelTerm_Operation as Wire } from "../../proto/gen/cosi/resource/resource_pb.ts";

/** One condition. */
export interface SelectorTerm {
  readonly key: string;
  readonly op: Wire;
  readonly value: string[];
  readonly invert: boolean;
}

/** Characters of a selector; a command line written by hand is far shorter. */
const SELECTOR_LENGTH_MAX = 4096;

const OPERATIONS = {
  "exists": Wire.EXISTS,
  "equal": Wire.EQUAL,
  "in": Wire.IN,
  "lt": Wire.LT,
  "lte": Wire.LTE,
  "lt-numeric": Wire.LT_NUMERIC,
  "lte-numeric": Wire.LTE_NUMERIC,
} as const satisfies Record<LabelOperation, Wire>;

/** Reads a selector, in the grammar of the HTTP API. All terms must hold. @throws {CommandError} `usage`. */
export function parseSelector(text: string): SelectorTerm[] {
  const unfit = (reason: string): CommandError =>
    new CommandError(EXIT.usage, `cannot use the selector: ${reason}`);
  if (text.length > SELECTOR_LENGTH_MAX) {
    throw unfit(`it has more than ${SELECTOR_LENGTH_MAX} characters`);
  }
  try {
    const terms = parseLabelSelector(text);
    if (terms.length === 0) throw unfit('it is empty, and may be like "a=b,!c,n<10"');
    return terms.map(({ key, operation, values, invert }) => {
      return { key, op: OPERATIONS[operation], value: [...values], invert };
    });
  } catch (error) {
    throw error instanceof Problem ? unfit(error.message) : error;
  }
}
