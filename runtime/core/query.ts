/**
 * Label queries: terms are three-valued. Besides true and false there is undefined, which inverting leaves undefined
 * and which never matches: an order compared with a label that is missing or no number.
 */
import type { LabelOperation, LabelQuery, LabelTerm } from "./state.ts";
import { StateError } from "./errors.ts";
import { frozenCopy } from "./freeze.ts";
import { parseLabelNumber } from "./label_number.ts";
import { utf8Compare } from "./text_order.ts";

/** Labels of a resource. */
export type Labels = Readonly<Record<string, string>>;

const OPERATIONS: readonly string[] = [
  "exists",
  "equal",
  "in",
  "lt",
  "lte",
  "lt-numeric",
  "lte-numeric",
] satisfies readonly LabelOperation[];

/**
 * The queries as they are now, whatever becomes of the caller's objects.
 *
 * @throws {StateError} `invalid-query`, naming the term that is none: for callers that no compiler checked.
 */
export function checkedLabels(queries: readonly LabelQuery[]): readonly LabelQuery[] {
  requireList("labels", queries);
  if (queries.length === 0) return queries;
  for (const [at, query] of queries.entries()) {
    requireList(`labels[${at}]`, query);
    for (const [index, term] of query.entries()) requireTerm(`labels[${at}][${index}]`, term);
  }
  return frozenCopy(queries);
}

function requireTerm(path: string, term: LabelTerm): void {
  if (typeof term !== "object" || term === null) throw unfit(path, "a term");
  const { key, operation, values, invert } = term;
  if (typeof key !== "string") throw unfit(`${path}.key`, "a text");
  if (!OPERATIONS.includes(operation)) {
    throw unfit(`${path}.operation`, OPERATIONS.join(", "));
  }
  requireList(`${path}.values`, values);
  if (!values.every((value) => typeof value === "string")) {
    throw unfit(`${path}.values`, "a list of texts");
  }
  if (typeof invert !== "boolean") throw unfit(`${path}.invert`, "true or false");
}

function requireList(path: string, list: unknown): void {
  if (!Array.isArray(list)) throw unfit(path, "a list");
}

function unfit(path: string, may: string): StateError {
  return new StateError({ refusal: "invalid-query", detail: `${path} may be ${may}` });
}

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
