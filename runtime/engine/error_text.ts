/** What was thrown, in words. */

/** The message of an error, or the text of whatever else was thrown; never throws itself. */
export function errorText(error: unknown): string {
  try {
    return error instanceof Error ? `${error.message}` : String(error);
  } catch {
    return "something that has no text"; // An object without prototype, or worse.
  }
}
