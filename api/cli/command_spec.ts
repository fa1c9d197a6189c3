/** What a command is: its words on the command line, its help, and where its work is. */
import type { Session } from "./session.ts";

/** One argument without a dash. */
export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  readonly required?: boolean;
  readonly choices?: readonly string[];
}

/** One option. */
export interface OptionSpec {
  /** As in help: `-n, --namespace <NAMESPACE>`; without a value it is a switch. */
  readonly flags: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  readonly fallback?: string;
}

/** What was given to a command, by the names of {@linkcode ArgumentSpec} and the long names of the options. */
export interface CommandInput {
  readonly arguments: Readonly<Record<string, string | undefined>>;
  readonly options: Readonly<Record<string, string | true | undefined>>;
}

/** The work of a command, loaded when it is asked for. */
export interface CommandModule {
  /** @returns The exit code; 0 when it says nothing. */
  run(session: Session, input: CommandInput): Promise<number | void>;
}

/** A command. */
export interface CommandSpec {
  readonly name: string;
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

/** The value of an option, or undefined. */
export function optionText(input: CommandInput, name: string): string | undefined {
  const value = input.options[name];
  return value === true ? undefined : value;
}
