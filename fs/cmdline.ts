/** The kernel's command line, read as the kernel reads it. */

/** One argument. */
export interface KernelArgument {
  readonly name: string;
  /** What stands behind the first `=`; undefined without one. */
  readonly value: string | undefined;
}

/** What the agent takes from the command line. */
export interface CommandLine {
  /** Every argument, in order. */
  readonly args: readonly KernelArgument[];
  /** `strata.<name>=…` by name; of several the last. Without `=` the value is "". */
  readonly strata: ReadonlyMap<string, string>;
  /** The value of the last `ip=`, for `parseIpArgument()`. */
  readonly ip: string | undefined;
}

const STRATA_PREFIX = "strata.";

/**
 * Splits the text of /proc/cmdline.
 *
 * Double quotes keep spaces together and have no escape; those around a value or around a whole argument are taken
 * off, others stay. What stands behind `--` belongs to the first program and is left out.
 *
 * @see https://docs.kernel.org/admin-guide/kernel-parameters.html
 */
export function parseCommandLine(text: string): CommandLine {
  const args: KernelArgument[] = [];
  for (const word of splitWords(text)) {
    if (word === "--") break;
    args.push(parseArgument(word));
  }
  const strata = new Map<string, string>();
  for (const { name, value } of args) {
    if (name.startsWith(STRATA_PREFIX)) strata.set(name.slice(STRATA_PREFIX.length), value ?? "");
  }
  return { args, strata, ip: args.findLast(({ name }) => name === "ip")?.value };
}

/**
 * One sentence for each `strata.<name>` that is not among `known`: a misspelled argument must not pass in silence,
 * and must not keep the machine from booting either.
 */
export function unknownArguments(line: CommandLine, known: readonly string[]): string[] {
  const names = known.map((name) => STRATA_PREFIX + name).join(", ");
  return [...line.strata.keys()].filter((name) => !known.includes(name)).map((name) =>
    `Cannot use kernel argument "${STRATA_PREFIX}${name}": it is not known, may be one of ${names}`
  );
}

function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = "";
  let isQuoted = false;
  for (const letter of text) {
    if (letter === '"') isQuoted = !isQuoted;
    if (isQuoted || !/\s/.test(letter)) {
      word += letter;
      continue;
    }
    if (word !== "") words.push(word);
    word = "";
  }
  if (word !== "") words.push(word);
  return words;
}

function parseArgument(word: string): KernelArgument {
  // The kernel looks for "=" behind the first letter, so that "=x" is a name.
  const bare = word.startsWith('"') ? withoutQuotes(word) : word;
  const equals = bare.indexOf("=", 1);
  if (equals === -1) return { name: bare, value: undefined };
  const value = bare.slice(equals + 1);
  return {
    name: bare.slice(0, equals),
    value: value.startsWith('"') ? withoutQuotes(value) : value,
  };
}

/** Takes off the quote in front, and the one at the end where there is one. */
function withoutQuotes(text: string): string {
  return text.slice(1).replace(/"$/, "");
}
