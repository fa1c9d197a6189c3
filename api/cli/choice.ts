/** Choices of options: fixed words, and forms with a text in them such as `jsonpath=TEMPLATE`. */

/** Whether `value` is this choice. */
export function isChoice(value: string, choice: string): boolean {
  const prefix = choicePrefix(choice);
  return prefix === undefined ? value === choice : value.startsWith(prefix);
}

/** What a form begins with, such as `jsonpath=`; undefined for a fixed word. */
export function choicePrefix(choice: string): string | undefined {
  return /^([a-z]+=)[A-Z]+$/.exec(choice)?.[1];
}

/** The form of `-o` with a template in it. */
export const JSON_PATH = "jsonpath=TEMPLATE";

/** What `-o` may be of every command that shows data. */
export const DATA_OUTPUTS: readonly string[] = ["yaml", "json", JSON_PATH];
