/**
 * The JSONPath templates of print columns, as far as columns need them: text with `{.a.b}`, `{.a['b c']}`, `{.list[0]}`,
 * `{.list[-1]}`, `{.list[*]}`, `{.list[:]}` and `{.list[1:3]}` in it. Keys that are missing give nothing.
 */

type Step =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "item"; readonly index: number }
  | { readonly kind: "slice"; readonly from: number; readonly to: number | undefined };

type Part = string | readonly Step[];

/** A template ready to be used on many values. */
export type Template = readonly Part[];

/** Characters of a template: columns are short, and it comes from the machine. */
const TEMPLATE_LENGTH_MAX = 1024;

const STEP_REGEXP =
  /\.([A-Za-z_][\w-]*)|\[(?:'([^']*)'|"([^"]*)"|(\*)|(-?\d{1,9})|(-?\d{1,9})?:(-?\d{1,9})?)\]/y;

/** Reads a template; undefined for one that uses what is not known here. */
export function parseTemplate(template: string): Template | undefined {
  if (template.length > TEMPLATE_LENGTH_MAX) return undefined;
  const parts: Part[] = [];
  for (let rest = template; rest !== "";) {
    const open = rest.indexOf("{");
    if (open !== 0) {
      parts.push(open < 0 ? rest : rest.slice(0, open));
      rest = open < 0 ? "" : rest.slice(open);
      continue;
    }
    const close = rest.indexOf("}");
    const steps = close < 0 ? undefined : parseSteps(rest.slice(1, close).trim());
    if (steps === undefined) return undefined;
    parts.push(steps);
    rest = rest.slice(close + 1);
  }
  return parts;
}

function parseSteps(path: string): readonly Step[] | undefined {
  const text = path.replace(/^[$@]/, "");
  if (text === "" || text === ".") return [];
  const steps: Step[] = [];
  STEP_REGEXP.lastIndex = 0;
  while (STEP_REGEXP.lastIndex < text.length) {
    const match = STEP_REGEXP.exec(text);
    if (match === null) return undefined;
    const [, name, single, double, all, index, from, to] = match;
    const key = name ?? single ?? double;
    if (key !== undefined) steps.push({ kind: "key", key });
    else if (index !== undefined) steps.push({ kind: "item", index: Number(index) });
    else if (all !== undefined) steps.push({ kind: "slice", from: 0, to: undefined });
    else {steps.push({
        kind: "slice",
        from: Number(from ?? 0),
        to: to === undefined ? undefined : Number(to),
      });}
  }
  return steps;
}

/** The text of `template` for `value`; several results of one path stand with spaces between them. */
export function renderTemplate(template: Template, value: unknown): string {
  return template.map((part) =>
    typeof part === "string" ? part : part.reduce<readonly unknown[]>(
      (found, step) => found.flatMap((each) => take(each, step)),
      [value],
    )
      .map(scalarText).join(" ")
  ).join("");
}

function take(value: unknown, step: Step): readonly unknown[] {
  if (step.kind === "key") {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step.key)) return [];
    const taken: unknown = Reflect.get(value, step.key);
    return [taken];
  }
  if (!Array.isArray(value)) return [];
  if (step.kind === "slice") return value.slice(step.from, step.to);
  const item: unknown = value.at(step.index);
  return item === undefined ? [] : [item];
}

function scalarText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  return JSON.stringify(
    value,
    (_, inner: unknown) => typeof inner === "bigint" ? inner.toString() : inner,
  );
}
