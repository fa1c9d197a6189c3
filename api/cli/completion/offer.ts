/** What is offered for the word at the cursor. */
import { choicePrefix } from "../choice.ts";
import type { ArgumentSpec, OptionSpec } from "../command_spec.ts";
import { optionSpellings } from "../command_spec.ts";
import { GROUPS } from "../command_table.ts";
import { isUnsafe } from "../escape.ts";
import { commandsOf, lastWord, type Slot, type TypedWords } from "./typed_words.ts";

/** A word that may stand at the cursor. */
export interface Offered {
  readonly value: string;
  /** One line; empty for none. */
  readonly about: string;
}

/** What the shell is told. */
export interface Offer {
  /** Files of this host are the shell's own to list. */
  readonly files: boolean;
  /** Whether more is to be typed behind each of the words. */
  readonly isOpen: boolean;
  readonly words: readonly Offered[];
}

/** Asks for words that only the machine, or a file, knows. */
export type LiveValues = (typed: TypedWords, current: string) => Promise<readonly Offered[]>;

/** Words shown at once: shells ask before they show a hundred. */
const WORDS_MAX = 1000;

const NOTHING: Offer = { files: false, isOpen: false, words: [] };

/** Finds them. What `live` throws is thrown. */
export async function offer(typed: TypedWords, live: LiveValues): Promise<Offer> {
  const { slot, current } = typed;
  switch (slot.kind) {
    case "nothing":
      return NOTHING;
    case "command":
      return fitting(commandWords(slot.group), current);
    case "option":
      return fitting(optionWords(slot), current);
    case "argument":
      return await valueOffer(slot.argument, { typed, live, prefix: "" });
    case "value":
      return await valueOffer(slot.option, { typed, live, prefix: slot.prefix });
  }
}

function commandWords(group: string | undefined): readonly Offered[] {
  const commands = commandsOf(group).map((each) => ({
    value: lastWord(each),
    about: each.summary,
  }));
  const groups = group === undefined
    ? Object.entries(GROUPS).map(([value, about]) => ({ value, about }))
    : [];
  return [...commands, ...groups, { value: "help", about: "show help for a command" }];
}

function optionWords({ options }: Slot & { readonly kind: "option" }): readonly Offered[] {
  const words = options.flatMap((option) =>
    optionSpellings(option).map((value) => ({ value, about: option.summary }))
  );
  return [...words, { value: "--help", about: "show help" }];
}

async function valueOffer(
  spec: ArgumentSpec | OptionSpec,
  { typed, live, prefix }: {
    readonly typed: TypedWords;
    readonly live: LiveValues;
    readonly prefix: string;
  },
): Promise<Offer> {
  if (spec.completes === "file") return { ...NOTHING, files: true };
  const choices = (spec.choices ?? []).map((choice) => ({
    value: choicePrefix(choice) ?? choice,
    about: "",
  }));
  const current = typed.current.slice(prefix.length);
  const found = spec.completes === undefined ? [] : await live(typed, current);
  const words = [...choices, ...found].map((each) => ({ ...each, value: prefix + each.value }));
  const fits = fitting(words, typed.current);
  return spec.completes === "field path" ? { ...fits, isOpen: true } : fits;
}

/** The words that begin so. What holds control characters can be typed into no shell. */
function fitting(words: readonly Offered[], current: string): Offer {
  const seen = new Set<string>();
  const found: Offered[] = [];
  for (const { value, about } of words) {
    if (!value.startsWith(current) || isUnsafe(value) || seen.has(value)) continue;
    if (found.length === WORDS_MAX) break;
    seen.add(value);
    found.push({ value, about: isUnsafe(about) ? "" : about });
  }
  const isOpen = found.length > 0 && found.every(({ value }) => /[=/.]$/.test(value));
  return { files: false, isOpen, words: found };
}
