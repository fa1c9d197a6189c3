/**
 * Makes text from a machine safe to print: no value may move the cursor, change colours, ring, or show letters in an
 * order other than the one they have.
 */

/** C0, DEL, C1, line and paragraph separators, bidirectional controls, and surrogates without their other half. */
const UNSAFE_REGEXP =
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\p{Surrogate}]/gu;

const SHORT: ReadonlyMap<string, string> = new Map([["\n", "\\n"], ["\r", "\\r"], ["\t", "\\t"]]);

/** One line for people: `\n`, `\x1b`, `\u202e` in place of what is unsafe. Backslashes stay as they are. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE_REGEXP, (unsafe) => SHORT.get(unsafe) ?? hexadecimal(unsafe, "\\x"));
}

/** The same, but lines and tabs stay. For text that is whole lines, such as a file shown on a terminal. */
export function escapeLines(text: string): string {
  return text.replace(
    UNSAFE_REGEXP,
    (unsafe) =>
      unsafe === "\n" || unsafe === "\t" ? unsafe : SHORT.get(unsafe) ?? hexadecimal(unsafe, "\\x"),
  );
}

/** JSON text in which what is unsafe is escaped as JSON does it: the same value, read back. */
export function escapeJson(json: string): string {
  return json.replace(
    UNSAFE_REGEXP,
    (unsafe) => unsafe === "\n" ? unsafe : hexadecimal(unsafe, "\\u00"),
  );
}

/** Whether {@linkcode escapeText} would change anything. */
export function isUnsafe(text: string): boolean {
  return text.search(UNSAFE_REGEXP) >= 0;
}

function hexadecimal(unsafe: string, shortPrefix: string): string {
  const code = unsafe.charCodeAt(0);
  return code < 0x100
    ? `${shortPrefix}${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}
