/**
 * JSONPath templates, as print columns and `-o jsonpath=` have them: text with `{.a.b}`, `{.a['b c']}`, `{.list[0]}`,
 * `{.list[-1]}`, `{.list[*]}`, `{.list[1:3]}`, `{.list[0,2]}`, `{.map.*}`, `{..name}`, `{.list[?(@.a=="b")]}`, `{"text\n"}`
 * and `{range .list[*]}…{end}` in it. Keys that are missing give nothing.
 */
import { parsePath, type Path, results, type Values, Visits } from "./json_path_steps.ts";

/** A piece of a template. */
type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "range"; readonly path: Path; readonly parts: readonly Part[] };

/** A template ready to be used on many values. */
export type Template = readonly Part[];

/** A template that cannot be read; the message says why. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/** Characters of a template: columns are short, and they come from the machine. */
const TEMPLATE_LENGTH_MAX = 1024;

/** Reads a template. @throws {TemplateError} */
export function readTemplate(template: string): Template {
  if (template.length > TEMPLATE_LENGTH_MAX) {
    throw new TemplateError(`it has more than ${TEMPLATE_LENGTH_MAX} characters`);
  }
  const open: { path: Path; parts: Part[] }[] = [];
  let parts: Part[] = [];
  for (const piece of pieces(template)) {
    const range = piece.kind === "code" ? /^range\s+(.*)$/s.exec(piece.text) : null;
    if (piece.kind === "text") parts.push({ kind: "text", text: piece.text });
    else if (range !== null) {
      open.push({ path: pathOf(range[1] ?? ""), parts });
      parts = [];
    } else if (piece.text === "end") {
      const begun = open.pop();
      if (begun === undefined) throw new TemplateError("{end} stands without {range …}");
      begun.parts.push({ kind: "range", path: begun.path, parts });
      parts = begun.parts;
    } else if (/^["']/.test(piece.text)) parts.push({ kind: "text", text: literal(piece.text) });
    else parts.push({ kind: "path", path: pathOf(piece.text) });
  }
  if (open.length > 0) throw new TemplateError("{range …} has no {end}");
  return parts;
}

/** Reads a template; undefined for one that uses what is not known here. */
export function parseTemplate(template: string): Template | undefined {
  try {
    return readTemplate(template);
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

/** The text of `template` for `value`; several results of one path stand with spaces between them. */
export function renderTemplate(template: Template, value: unknown): string {
  return render(template, { root: value, current: value, visits: new Visits() });
}

function render(template: Template, values: Values): string {
  return template.map((part) => {
    switch (part.kind) {
      case "text":
        return part.text;
      case "path":
        return results(part.path, values).map(scalarText).join(" ");
      case "range":
        return results(part.path, values)
          .map((current) => render(part.parts, { ...values, current })).join("");
    }
  }).join("");
}

type Piece = { readonly kind: "text" | "code"; readonly text: string };

/** Text, and what stands in braces. */
function* pieces(template: string): Generator<Piece> {
  for (let at = 0; at < template.length;) {
    const open = template.indexOf("{", at);
    if (open !== at) yield { kind: "text", text: template.slice(at, open < 0 ? undefined : open) };
    if (open < 0) return;
    const close = closingBrace(template, open + 1);
    yield { kind: "code", text: template.slice(open + 1, close).trim() };
    at = close + 1;
  }
}

/** Where the brace closes; those between quotes are text. */
function closingBrace(template: string, from: number): number {
  let quote = "";
  for (let at = from; at < template.length; at++) {
    const letter = template.charAt(at);
    if (quote !== "") {
      if (letter === "\\") at++;
      else if (letter === quote) quote = "";
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === "}") return at;
  }
  throw new TemplateError(`"{" at character ${from} is never closed`);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function literal(text: string): string {
  if (text.length < 2 || text.at(-1) !== text.at(0)) {
    throw new TemplateError(`{${text}} is no text in quotes`);
  }
  return text.slice(1, -1).replace(
    /\\(.)/gs,
    (_, escaped: string) => ESCAPES[escaped] ?? escaped,
  );
}

function pathOf(text: string): Path {
  const path = parsePath(text);
  if (path !== undefined) return path;
  throw new TemplateError(`{${text}} is no path: paths are like {.metadata.id} or {.list[*].name}`);
}

function scalarText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  return JSON.stringify(
    value,
    (_, inner: unknown) => typeof inner === "bigint" ? inner.toString() : inner,
  );
}
