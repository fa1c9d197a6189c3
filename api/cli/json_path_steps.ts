/** Paths of JSONPath: how they are read, and what they find in a value. */

/** A path from the whole value, or from the one at hand. */
export interface Path {
  readonly from: "root" | "current";
  readonly steps: readonly Step[];
}

type Step =
  | { readonly kind: "keys"; readonly keys: readonly string[] }
  | { readonly kind: "items"; readonly items: readonly number[] }
  | { readonly kind: "slice"; readonly from: number; readonly to: number | undefined }
  | { readonly kind: "all" }
  | { readonly kind: "below" }
  | { readonly kind: "filter"; readonly filter: Filter };

/** Keeps items where both sides compare so; without an operator, where the left side is there. */
interface Filter {
  readonly left: Operand;
  readonly operator: Operator | undefined;
  readonly right: Operand | undefined;
}

type Operand = { readonly path: Path } | { readonly value: string | number | boolean | null };
type Operator = "==" | "!=" | "<=" | ">=" | "<" | ">";

/** Values looked at for one template: that of a machine must not keep this process busy. What is beyond is left out. */
const VISITED_MAX = 200_000;

const KEYS = `(?:'[^']*'|"[^"]*")`;
const NUMBER = "-?\\d{1,9}";
/** One step, from where the last one ended. */
const STEP_REGEXP = new RegExp(
  [
    `(?<below>\\.\\.(?=[A-Za-z_*[]))`,
    `\\.?(?<star>\\*|\\[\\s*\\*\\s*\\])`,
    `\\.?(?<name>[A-Za-z_][\\w-]*)`,
    `\\[\\s*(?<keys>${KEYS}(?:\\s*,\\s*${KEYS})*)\\s*\\]`,
    `\\[\\s*(?<items>${NUMBER}(?:\\s*,\\s*${NUMBER})*)\\s*\\]`,
    `\\[\\s*(?<from>${NUMBER})?\\s*:\\s*(?<to>${NUMBER})?\\s*\\]`,
    `\\[\\?\\((?<filter>(?:${KEYS}|[^'"()])*)\\)\\]`,
  ].join("|"),
  "y",
);

/** Reads a path; undefined for what is none. */
export function parsePath(text: string): Path | undefined {
  const rest = text.replace(/^[$@]/, "");
  const from = text.startsWith("$") ? "root" : "current";
  if (rest === "" || rest === ".") return { from, steps: [] };
  const steps: Step[] = [];
  // A name needs its dot, but for the first step, where nothing stands before it.
  let dotted = rest === text || /^[.[]/.test(rest);
  for (let at = 0; at < rest.length;) {
    // Paths within filters are read meanwhile, by the same expression.
    STEP_REGEXP.lastIndex = at;
    const match = STEP_REGEXP.exec(rest);
    const step = match === null || (!dotted && /[\w*]/.test(rest.charAt(at)))
      ? undefined
      : stepOf(match.groups ?? {});
    if (match === null || step === undefined) return undefined;
    steps.push(step);
    dotted = step.kind === "below";
    at += match[0].length;
  }
  return steps.at(-1)?.kind === "below" ? undefined : { from, steps };
}

function stepOf(found: Readonly<Record<string, string | undefined>>): Step | undefined {
  const { below, star, name, keys, items, from, to, filter } = found;
  if (below !== undefined) return { kind: "below" };
  if (star !== undefined) return { kind: "all" };
  if (name !== undefined) return { kind: "keys", keys: [name] };
  if (keys !== undefined) {
    return {
      kind: "keys",
      keys: [...keys.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, a, b]) => a ?? b ?? ""),
    };
  }
  if (items !== undefined) return { kind: "items", items: items.split(",").map(Number) };
  if (filter !== undefined) {
    const parsed = parseFilter(filter.trim());
    return parsed === undefined ? undefined : { kind: "filter", filter: parsed };
  }
  return { kind: "slice", from: Number(from ?? 0), to: to === undefined ? undefined : Number(to) };
}

function parseFilter(text: string): Filter | undefined {
  const match =
    /^(?<left>'[^']*'|"[^"]*"|[^'"=!<>]+|[^=!<>]*?)\s*(?:(?<op>==|!=|<=|>=|<|>)\s*(?<right>.+))?$/s
      .exec(text)?.groups;
  const left = operandOf(match?.["left"]?.trim() ?? "");
  const operator = operatorOf(match?.["op"]);
  const right = match?.["right"] === undefined ? undefined : operandOf(match["right"].trim());
  if (left === undefined || (operator === undefined) !== (right === undefined)) return undefined;
  return { left, operator, right };
}

function operatorOf(text: string | undefined): Operator | undefined {
  switch (text) {
    case "==":
    case "!=":
    case "<=":
    case ">=":
    case "<":
    case ">":
      return text;
    default:
      return undefined;
  }
}

function operandOf(text: string): Operand | undefined {
  const quoted = /^(?:'([^']*)'|"([^"]*)")$/.exec(text);
  if (quoted !== null) return { value: quoted[1] ?? quoted[2] ?? "" };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { value: Number(text) };
  if (text === "true" || text === "false") return { value: text === "true" };
  if (text === "null") return { value: null };
  const path = /^[@$]/.test(text) ? parsePath(text) : undefined;
  return path === undefined ? undefined : { path };
}

/** What a path looks at. */
export interface Values {
  readonly root: unknown;
  readonly current: unknown;
  readonly visits: Visits;
}

/** Counts the values looked at. */
export class Visits {
  #left = VISITED_MAX;

  /** Whether another value may be looked at. */
  take(): boolean {
    return this.#left-- > 0;
  }
}

/** What the path finds, in order. */
export function results({ from, steps }: Path, values: Values): readonly unknown[] {
  let found = [from === "root" ? values.root : values.current];
  for (const step of steps) {
    const next: unknown[] = [];
    for (const each of found) {
      for (const taken of take({ ...values, current: each }, step)) {
        if (!values.visits.take()) return next;
        next.push(taken);
      }
    }
    found = next;
  }
  return found;
}

function* take(values: Values, step: Step): Generator<unknown> {
  const { current } = values;
  switch (step.kind) {
    case "keys":
      for (const key of step.keys) {
        if (isMap(current) && Object.hasOwn(current, key)) yield current[key];
      }
      return;
    case "items":
      if (!Array.isArray(current)) return;
      for (const index of step.items) {
        const item: unknown = current.at(index);
        if (item !== undefined) yield item;
      }
      return;
    case "slice":
      if (Array.isArray(current)) yield* current.slice(step.from, step.to);
      return;
    case "all":
      yield* inner(current);
      return;
    case "below":
      yield* withAllBelow(current);
      return;
    case "filter":
      for (const item of inner(current)) {
        if (!values.visits.take()) return;
        if (holds(step.filter, { ...values, current: item })) yield item;
      }
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function inner(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : isMap(value) ? Object.values(value) : [];
}

/** The value and all that is in it, outer before inner. */
function* withAllBelow(value: unknown): Generator<unknown> {
  for (const waiting = [inner([value])[Symbol.iterator]()]; waiting.length > 0;) {
    const next = waiting.at(-1)?.next();
    if (next === undefined || next.done === true) waiting.pop();
    else {
      yield next.value;
      waiting.push(inner(next.value)[Symbol.iterator]());
    }
  }
}

function holds({ left, operator, right }: Filter, values: Values): boolean {
  const [a] = valuesOf(left, values);
  if (operator === undefined || right === undefined) return a !== undefined;
  const [b] = valuesOf(right, values);
  switch (operator) {
    case "==":
      return isEqual(a, b);
    case "!=":
      return !isEqual(a, b);
    default:
      return inOrder(a, b, operator);
  }
}

function valuesOf(operand: Operand, values: Values): readonly unknown[] {
  return "path" in operand ? results(operand.path, values) : [operand.value];
}

/** Numbers of 64 bits are text in JSON, so that text is compared with a number as one. */
function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a === "number" || typeof b === "number") {
    return a !== undefined && numberOf(a) === numberOf(b);
  }
  return a === b;
}

function inOrder(a: unknown, b: unknown, operator: "<" | "<=" | ">" | ">="): boolean {
  const [x, y] = typeof a === "string" && typeof b === "string"
    ? [a, b]
    : [numberOf(a), numberOf(b)];
  switch (operator) {
    case "<":
      return x < y;
    case "<=":
      return x <= y;
    case ">":
      return x > y;
    case ">=":
      return x >= y;
  }
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "string" && value.trim() !== "" ? Number(value) : NaN;
}
