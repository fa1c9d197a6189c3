/**
 * `strata __complete`: answers the scripts of `strata completion`.
 *
 * The first line is `words`, `open` (no space is to follow the word) or `files` (the shell lists its own); then there is
 * one word a line, behind a tab what it is about. Never fails, and is silent where nothing is known in time.
 */
import type { CommandInput } from "../command_spec.ts";
import { argumentsOf, bashLine, bashWord } from "../completion/bash_line.ts";
import { liveValues } from "../completion/live_values.ts";
import { type Offer, offer } from "../completion/offer.ts";
import { type TypedWords, typedWords } from "../completion/typed_words.ts";
import { type Session, session as sessionOf } from "../session.ts";
import { linkedAbort } from "../../../runtime/core/linked_abort.ts";

/** Milliseconds for words of the machine: who waits longer has typed the word. */
const LIVE_MS_MAX = 1_000;

const NOTHING: Offer = { files: false, isOpen: false, words: [] };

/** Prints what may stand at the cursor. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const [shell, ...words] = input.words;
  if (shell !== "bash") {
    const typed = typedWords(words);
    return await print(session, await found(session, typed), (value) => value);
  }
  const [breaks = "", line = ""] = words;
  const parsed = bashLine(line);
  const typed = typedWords(argumentsOf(parsed));
  const { words: all, ...rest } = await found(session, typed);
  // Bash shows no texts beside words.
  const bare = { ...rest, words: all.map(({ value }) => ({ value, about: "" })) };
  const { quote } = parsed;
  await print(session, bare, (value) => bashWord(value, { current: typed.current, quote, breaks }));
}

async function found({ world }: Session, typed: TypedWords): Promise<Offer> {
  using end = linkedAbort(world.signal);
  const timely = new AbortController();
  const text = (name: string): string | undefined => {
    const value = typed.options.get(name);
    return value === true ? undefined : value;
  };
  // As the command itself would find its machine.
  const session = sessionOf({ ...world, signal: end.signal }, {
    endpoint: text("endpoint"),
    context: text("context"),
    tokenFile: text("token-file"),
    timeoutMs: LIVE_MS_MAX,
  });
  const late = world.clock.sleep(LIVE_MS_MAX, { signal: timely.signal }).then(() => NOTHING);
  const live = offer(typed, liveValues(session));
  try {
    return await Promise.race([live, late]);
  } catch {
    return NOTHING; // Nobody reads errors while typing.
  } finally {
    timely.abort();
    end.abort();
    late.catch(() => {}); // It was in time.
    live.catch(() => {}); // It was not.
  }
}

async function print(
  { out }: Session,
  { files, isOpen, words }: Offer,
  form: (value: string) => string,
): Promise<void> {
  const lines = words.map(({ value, about }) =>
    `${form(value)}${about === "" ? "" : `\t${about}`}`
  );
  await out.text([files ? "files" : isOpen ? "open" : "words", ...lines, ""].join("\n"));
}
