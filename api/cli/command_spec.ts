/** What a command is: its words on the command line, its help, and where its work is. */
import type { Session } from "./session.ts";

/** What a shell can offer for a word besides its fixed choices. */
export type Completes =
  | "type"
  | "id"
  | "namespace"
  | "context"
  | "controller"
  /** `TYPE.FIELD.FIELD`. */
  | "field path"
  /** A service of the machine, and what has a log there. */
  | "service"
  | "log"
  /** A path of the machine. */
  | "machine path"
  /** A file of this host. */
  | "file";

/** One argument without a dash. */
export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  readonly required?: boolean;
  /** The last one may stand for any number of words: {@linkcode CommandInput.words} has them all. */
  readonly repeats?: boolean;
  readonly choices?: readonly string[];
  readonly completes?: Completes;
}

/** One option. */
export interface OptionSpec {
  /** As in help: `-n, --namespace <NAMESPACE>`; without a value it is a switch. */
  readonly flags: string;
  readonly summary: string;
  /** What may be given; one that ends in a word of capitals behind a `=` stands for any text there. */
  readonly choices?: readonly string[];
  readonly fallback?: string;
  readonly completes?: Completes;
  /** May stand several times, and with several values at once: all of them are one text, with commas between. */
  readonly repeats?: true;
}

/** What was given to a command, by the names of {@linkcode ArgumentSpec} and the long names of the options. */
export interface CommandInput {
  readonly arguments: Readonly<Record<string, string | undefined>>;
  readonly options: Readonly<Record<string, string | true | undefined>>;
  /** All arguments in order. */
  readonly words: readonly string[];
}

/** The work of a command, loaded when it is asked for. */
export interface CommandModule {
  /** @returns The exit code; 0 when it says nothing. */
  run(session: Session, input: CommandInput): Promise<number | void>;
}

/** A command. */
export interface CommandSpec {
  /** One word, or the name of a group and one word, such as `config add`. */
  readonly name: string;
  /** Other words for the last word of the name. */
  readonly aliases?: readonly string[];
  /** Left out of help and completion: shells call it, people do not. */
  readonly hidden?: boolean;
  readonly summary: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Whether it asks a machine, and so understands the global options. */
  readonly asks: "machine" | "nobody";
  /** Command lines that work, with what they do. At least one. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  load(): Promise<CommandModule>;
}

/** The long name of an option: the key of its value. */
export function optionName(option: OptionSpec): string {
  const name = /--([a-z-]+)/.exec(option.flags)?.[1];
  if (name === undefined) {
    throw new TypeError(`Cannot declare option "${option.flags}": it has no long name`);
  }
  return name;
}

/** The short and the long form of an option, as they are written. */
export function optionSpellings(option: OptionSpec): readonly string[] {
  return option.flags.split(/[ ,]+/).filter((word) => word.startsWith("-"));
}

/** Whether an option stands with a value. */
export function takesValue(option: OptionSpec): boolean {
  return option.flags.includes("<");
}

/** The value of an option, or undefined. */
export function optionText(input: CommandInput, name: string): string | undefined {
  const value = input.options[name];
  return value === true ? undefined : value;
}
