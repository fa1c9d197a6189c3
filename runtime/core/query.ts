/**
 * Label queries: terms are three-valued. Besides true and false there is undefined, which inverting leaves undefined
 * and which never matches: an order compared with a label that is missing or no number.
 */
import type { LabelOperation, LabelQuery, LabelTerm } from "./state.ts";
import { parseLabelNumber } from "./label_number.ts";
import { utf8Compare } from "./text_order.ts";

/** Labels of a resource. */
export type Labels = Readonly<Record<string, string>>;

/** Whether any of the queries matches; none at all match everything. */
export function labelsMatch(queries: readonly LabelQuery[] | undefined, labels: Labels): boolean {
  return queries === undefined || queries.length === 0 ||
    queries.some((query) => query.every((term) => termMatches(term, labels)));
}

/** Whether the term holds; an undefined comparison does not, inverted or not. */
export function termMatches(term: LabelTerm, labels: Labels): boolean {
  const outcome = evaluate(term, labels);
  return outcome !== undefined && outcome !== term.invert;
}

function evaluate(term: LabelTerm, labels: Labels): boolean | undefined {
  const value = Object.hasOwn(labels, term.key) ? labels[term.key] : undefined;
  if (value === undefined) return isOrder(term.operation) ? undefined : false;
  if (term.operation === "exists") return true;
  const [wanted] = term.values;
  if (wanted === undefined) return false;
  switch (term.operation) {
    case "equal":
      return value === wanted;
    case "in":
      return term.values.includes(value);
    case "lt":
      return utf8Compare(value, wanted) < 0;
    case "lte":
      return utf8Compare(value, wanted) <= 0;
    case "lt-numeric":
    case "lte-numeric":
      return compareNumbers(term.operation, value, wanted);
  }
}

function isOrder(operation: LabelOperation): boolean {
  return operation !== "exists" && operation !== "equal" && operation !== "in";
}

function compareNumbers(
  operation: "lt-numeric" | "lte-numeric",
  value: string,
  wanted: string,
): boolean | undefined {
  const left = parseLabelNumber(value);
  const right = parseLabelNumber(wanted);
  if (left === undefined || right === undefined) return undefined;
  return operation === "lt-numeric" ? left < right : left <= right;
}
