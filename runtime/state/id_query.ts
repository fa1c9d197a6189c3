/** Expressions on ids: RE2 by `re2js`, so that no expression of a caller can run for ever. */
import { RE2JS, RE2JSException } from "re2js";
import { StateError } from "../core/errors.ts";

/** UTF-16 units: what a person would write, with much room. */
export const ID_EXPRESSION_LENGTH_MAX = 1024;
/** Instructions: matching costs at most this many steps a character, and repeats multiply them. */
export const ID_PROGRAM_SIZE_MAX = 20_000;

/**
 * Compiles an expression; it is searched for anywhere in the id.
 *
 * @returns Undefined where everything matches: no expression, or an empty one.
 * @throws {StateError} `invalid-query`.
 */
export function compileIdQuery(
  expression: string | undefined,
): ((id: string) => boolean) | undefined {
  if (expression === undefined || expression === "") return undefined;
  if (typeof expression !== "string") throw invalid("the id expression is no text");
  if (expression.length > ID_EXPRESSION_LENGTH_MAX) {
    const length = `${expression.length} characters, at most ${ID_EXPRESSION_LENGTH_MAX}`;
    throw invalid(`the id expression is ${length}`);
  }
  const compiled = compile(expression);
  if (compiled.programSize() > ID_PROGRAM_SIZE_MAX) {
    const size = `${compiled.programSize()} instructions, at most ${ID_PROGRAM_SIZE_MAX}`;
    throw invalid(`the id expression compiles to ${size}`);
  }
  return (id) => compiled.test(id);
}

function compile(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw invalid(`the id expression is no RE2: ${error.message}`, { cause: error });
  }
}

function invalid(detail: string, options?: ErrorOptions): StateError {
  return new StateError({ refusal: "invalid-query", detail }, options);
}
