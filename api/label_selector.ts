/**
 * Label selectors of the HTTP API: `a=b,c!=d,e in (x,y),f notin (z),g,!h,n<10`; all terms must hold.
 *
 * Keys end at white space or one of `=!<>(),"`; values end at a comma or parenthesis and lose white space around
 * them, or stand as JSON strings in double quotes. `<`, `<=`, `>`, `>=` are numeric when the value is a number with or
 * without unit, else by bytes.
 */
import { parseLabelNumber } from "../runtime/core/label_number.ts";
import type { LabelOperation, LabelQuery, LabelTerm } from "../runtime/core/state.ts";
import { badQuery } from "./problem.ts";

const KEY_REGEXP = /[^\s=!<>(),"]+/y;
const SPACE_REGEXP = /\s*/y;
const COMPARISON_REGEXP = /==|=|!=|<=|<|>=|>/y;
const SET_REGEXP = /(in|notin)\s*\(/y;
const QUOTED_REGEXP = /"(?:[^"\\]|\\.)*"/y;
const BARE_REGEXP = /[^,()"]*/y;

/** Reads one selector. @throws {Problem} 400, with the place where it cannot go on. */
export function parseLabelSelector(text: string): LabelQuery {
  const cursor = new Cursor(text);
  const terms: LabelTerm[] = [];
  cursor.take(SPACE_REGEXP);
  if (cursor.done()) return terms;
  for (;;) {
    terms.push(readTerm(cursor));
    cursor.take(SPACE_REGEXP);
    if (cursor.done()) return terms;
    if (cursor.take(/,/y) === undefined) throw cursor.wrong("a comma or the end");
  }
}

/** A place in the text that only moves on. */
class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  done(): boolean {
    return this.#at === this.#text.length;
  }

  /** What a sticky expression matches here, or undefined and no move. */
  take(regexp: RegExp): string | undefined {
    regexp.lastIndex = this.#at;
    const found = regexp.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  wrong(may: string): Error {
    const rest = JSON.stringify(this.#text.slice(this.#at, this.#at + 32));
    return badQuery(`Cannot read label: at character ${this.#at + 1} is ${rest}, may be ${may}`);
  }
}

function readTerm(cursor: Cursor): LabelTerm {
  cursor.take(SPACE_REGEXP);
  const absent = cursor.take(/!(?!=)/y) !== undefined;
  cursor.take(SPACE_REGEXP);
  const key = cursor.take(KEY_REGEXP);
  if (key === undefined) throw cursor.wrong("a label's name, or ! and a label's name");
  if (absent) return { key, operation: "exists", values: [], invert: true };
  cursor.take(SPACE_REGEXP);
  const set = cursor.take(SET_REGEXP);
  if (set !== undefined) {
    return { key, operation: "in", values: readSet(cursor), invert: set.startsWith("notin") };
  }
  const comparison = cursor.take(COMPARISON_REGEXP);
  if (comparison === undefined) {
    return { key, operation: "exists", values: [], invert: false };
  }
  return compared(key, comparison, readValue(cursor));
}

function compared(key: string, comparison: string, value: string): LabelTerm {
  const numeric = parseLabelNumber(value) !== undefined;
  const term = (operation: LabelOperation, invert: boolean): LabelTerm => {
    return { key, operation, values: [value], invert };
  };
  const less = numeric ? "lt-numeric" : "lt";
  const lessOrEqual = numeric ? "lte-numeric" : "lte";
  switch (comparison) {
    case "!=":
      return term("equal", true);
    case "<":
      return term(less, false);
    case "<=":
      return term(lessOrEqual, false);
    case ">":
      return term(lessOrEqual, true);
    case ">=":
      return term(less, true);
    default:
      return term("equal", false);
  }
}

function readSet(cursor: Cursor): readonly string[] {
  const values: string[] = [];
  cursor.take(SPACE_REGEXP);
  if (cursor.take(/\)/y) !== undefined) return values;
  for (;;) {
    values.push(readValue(cursor));
    if (cursor.take(/\)/y) !== undefined) return values;
    if (cursor.take(/,/y) === undefined) throw cursor.wrong("a comma or )");
  }
}

function readValue(cursor: Cursor): string {
  cursor.take(SPACE_REGEXP);
  const quoted = cursor.take(QUOTED_REGEXP);
  if (quoted === undefined) return (cursor.take(BARE_REGEXP) ?? "").trim();
  cursor.take(SPACE_REGEXP);
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw badQuery(`Cannot read label: ${quoted.slice(0, 64)} is no JSON string`);
  }
}
