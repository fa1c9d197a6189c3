/** Words typed so far, read as the parser would: what the word at the cursor may be. */
import { COMMANDS, GLOBAL_OPTIONS, GROUPS, optionsOf } from "../command_table.ts";
import {
  type ArgumentSpec,
  type CommandSpec,
  optionName,
  type OptionSpec,
  optionSpellings,
  takesValue,
} from "../command_spec.ts";

/** What the word at the cursor may be. */
export type Slot =
  | { readonly kind: "command"; readonly group: string | undefined }
  | { readonly kind: "argument"; readonly argument: ArgumentSpec }
  /** The value of an option; `prefix` stands before it in the same word. */
  | { readonly kind: "value"; readonly option: OptionSpec; readonly prefix: string }
  | { readonly kind: "option"; readonly options: readonly OptionSpec[] }
  | { readonly kind: "nothing" };

/** What was typed. */
export interface TypedWords {
  readonly slot: Slot;
  /** The word at the cursor, as far as it is typed. */
  readonly current: string;
  readonly command: CommandSpec | undefined;
  readonly arguments: readonly string[];
  /** Values of options, and switches, by their long names. */
  readonly options: ReadonlyMap<string, string | true>;
}

/** @param words Without the program's name; the last one is at the cursor, and may be empty. */
export function typedWords(words: readonly string[]): TypedWords {
  const walk = new Walk();
  for (const word of words.slice(0, -1)) walk.take(word);
  const current = words.at(-1) ?? "";
  const { command, given: options } = walk;
  return { slot: walk.slot(current), current, command, arguments: walk.positional, options };
}

class Walk {
  command: CommandSpec | undefined;
  readonly positional: string[] = [];
  readonly given = new Map<string, string | true>();
  #group: string | undefined;
  /** Waits for its value. */
  #open: OptionSpec | undefined;
  #isOver = false;
  #isHelp = false;
  #isStrange = false;

  take(word: string): void {
    if (this.#open !== undefined) {
      this.given.set(optionName(this.#open), word);
      this.#open = undefined;
    } else if (!this.#isOver && word === "--") this.#isOver = true;
    else if (!this.#isOver && word.length > 1 && word.startsWith("-")) this.#takeOption(word);
    else if (this.command !== undefined) this.positional.push(word);
    else this.#takeName(word);
  }

  #takeOption(word: string): void {
    const equals = word.startsWith("--") ? word.indexOf("=") : -1;
    const spelling = equals < 0 ? word : word.slice(0, equals);
    const option = this.#find(spelling) ?? this.#find(word.slice(0, 2));
    if (option === undefined) return;
    const name = optionName(option);
    if (!takesValue(option)) this.given.set(name, true);
    else if (equals >= 0) this.given.set(name, word.slice(equals + 1));
    else if (spelling.startsWith("--") || word.length === 2) this.#open = option;
    else this.given.set(name, word.slice(2));
  }

  #takeName(word: string): void {
    if (word === "help") this.#isHelp = true;
    else if (this.#group === undefined && GROUPS[word] !== undefined) this.#group = word;
    else {
      this.command = commandsOf(this.#group).find((each) =>
        lastWord(each) === word || (each.aliases ?? []).includes(word)
      );
      this.#isStrange = this.command === undefined;
    }
  }

  slot(current: string): Slot {
    if (this.#open !== undefined) return { kind: "value", option: this.#open, prefix: "" };
    if (this.#isStrange) return { kind: "nothing" };
    if (!this.#isOver && current.startsWith("-")) return this.#optionSlot(current);
    if (this.command === undefined) return { kind: "command", group: this.#group };
    const specs = this.#isHelp ? [] : this.command.arguments ?? [];
    const last = specs.at(-1);
    const argument = specs[this.positional.length] ?? (last?.repeats === true ? last : undefined);
    return argument === undefined ? { kind: "nothing" } : { kind: "argument", argument };
  }

  #optionSlot(current: string): Slot {
    const equals = current.indexOf("=");
    const option = equals < 0 ? undefined : this.#find(current.slice(0, equals));
    if (option !== undefined && takesValue(option)) {
      return { kind: "value", option, prefix: current.slice(0, equals + 1) };
    }
    const options = this.#options().filter((each) => !this.given.has(optionName(each)));
    return { kind: "option", options };
  }

  #options(): readonly OptionSpec[] {
    return this.command === undefined ? GLOBAL_OPTIONS : optionsOf(this.command);
  }

  #find(spelling: string): OptionSpec | undefined {
    return this.#options().find((option) => optionSpellings(option).includes(spelling));
  }
}

/** Commands of a group, or those of none. */
export function commandsOf(group: string | undefined): readonly CommandSpec[] {
  return COMMANDS.filter(({ name, hidden }) =>
    hidden !== true && (group === undefined ? !name.includes(" ") : name.startsWith(`${group} `))
  );
}

/** The word of a command within its group. */
export function lastWord({ name }: CommandSpec): string {
  return name.slice(name.indexOf(" ") + 1);
}
