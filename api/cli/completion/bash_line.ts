/** A line of bash up to the cursor, taken apart as bash does; and words put back into it. */

/** The words, the last one at the cursor. */
export interface BashLine {
  readonly words: readonly string[];
  /** The quote that is open at the cursor. */
  readonly quote: "" | "'" | '"';
}

/** Takes a line apart. Nothing in it is expanded or run. */
export function bashLine(line: string): BashLine {
  const words: string[] = [];
  let [word, quote, begun]: [string, BashLine["quote"], boolean] = ["", "", false];
  for (let at = 0; at < line.length; at++) {
    const letter = line.charAt(at);
    if (quote === "'" ? letter === "'" : quote === '"' && letter === '"') quote = "";
    else if (quote === "'") word += letter;
    else if (letter === "\\" && at + 1 < line.length) word += line.charAt(++at);
    else if (quote === '"') word += letter;
    else if (letter === "'" || letter === '"') [quote, begun] = [letter, true];
    else if (/\s/.test(letter)) {
      if (word !== "" || begun) words.push(word);
      [word, begun] = ["", false];
    } else word += letter;
  }
  return { words: [...words, word], quote };
}

/** Words in front of the command that set variables. */
const ASSIGNMENT_REGEXP = /^[A-Za-z_]\w*=/;

/** The words behind the program's name. */
export function argumentsOf({ words }: BashLine): readonly string[] {
  const program = words.findIndex((word) => !ASSIGNMENT_REGEXP.test(word));
  return program < 0 ? [] : words.slice(program + 1);
}

/**
 * What bash is to put in the place of what it takes for the current word: that begins behind the last of its breaks.
 *
 * @param breaks `$COMP_WORDBREAKS`.
 */
export function bashWord(
  value: string,
  { current, quote, breaks }: {
    readonly current: string;
    readonly quote: BashLine["quote"];
    readonly breaks: string;
  },
): string {
  if (quote !== "") return value;
  let cut = 0;
  for (let at = 0; at < current.length; at++) {
    if (":=@".includes(current.charAt(at)) && breaks.includes(current.charAt(at))) cut = at + 1;
  }
  return value.slice(cut).replace(/[^\w./:=@%+,^\-\u0080-\uffff]/g, "\\$&");
}
