/** Text that every drawn form can hold. */
import { escapeText } from "../escape.ts";

/** One line, safe to print; what no XML document can hold, even escaped, is replaced. */
export function safeText(text: string): string {
  return escapeText(text).replaceAll(/[\ufffe\uffff]/g, "\ufffd");
}
