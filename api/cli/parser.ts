/** The command line's parser, made from the table of commands. */
import {
  type CommandInput,
  type CommandSpec,
  optionName,
  type OptionSpec,
} from "./command_spec.ts";
import { COMMANDS, GLOBAL_OPTIONS, GROUPS, optionsOf } from "./command_table.ts";
import { isChoice } from "./choice.ts";
import { Argument, Command, InvalidArgumentError, Option } from "commander";

/** What a command line asks for. */
export interface Request {
  readonly command: CommandSpec;
  readonly input: CommandInput;
  /** Values of {@linkcode GLOBAL_OPTIONS}, given before or behind the command. */
  readonly global: CommandInput["options"];
}

/** What was asked for: a command, a help text, or something that cannot be. */
export type Parsed =
  | { readonly kind: "request"; readonly request: Request }
  | { readonly kind: "help"; readonly text: string }
  | {
    readonly kind: "refusal";
    readonly message: string; /** A command line for help. */
    readonly hint: string;
  };

/** How help is laid out. */
export interface HelpLayout {
  readonly width: number;
  readonly colour: boolean;
}

interface Collected {
  text: string;
  request: Request | undefined;
  refusedIn: string;
}

/** Columns of help texts where it is no terminal: longer lines are hard to read. */
const HELP_WIDTH_MAX = 100;

/** Reads a command line; runs nothing. */
export function parseArguments(args: readonly string[], layout: HelpLayout): Parsed {
  const collected: Collected = { text: "", request: undefined, refusedIn: "strata" };
  const program = describeProgram(collected, layout);
  if (args.length === 0) return { kind: "help", text: program.helpInformation() + EXAMPLES_HINT };
  try {
    program.parse(plainHelp(args), { from: "user" });
  } catch (error) {
    if (!isParserExit(error)) throw error;
    if (error.exitCode === 0) return { kind: "help", text: collected.text };
    const hint = `${collected.refusedIn} --help`;
    const message = error.code === "commander.help" ? withoutCommand(args) : refusalMessage(error);
    return { kind: "refusal", message, hint };
  }
  return collected.request === undefined
    ? { kind: "help", text: program.helpInformation() + EXAMPLES_HINT }
    : { kind: "request", request: collected.request };
}

/** `help GROUP COMMAND` as commander has it, which knows only `help COMMAND`. */
function plainHelp(args: readonly string[]): readonly string[] {
  const [help, group = "", ...rest] = args;
  return help === "help" && GROUPS[group] !== undefined && rest.length > 0
    ? [group, help, ...rest]
    : args;
}

const EXAMPLES_HINT = "\nstrata COMMAND --help shows examples.\n";

function describeProgram(collected: Collected, layout: HelpLayout): Command {
  const program = new Command("strata")
    .description("Talk to a machine that runs Strata, or run the agent on this one.")
    .usage("COMMAND [OPTIONS]")
    .helpCommand("help [COMMAND]", "show help for a command")
    .enablePositionalOptions();
  prepare(program, { collected, layout });
  addOptions(program, GLOBAL_OPTIONS);
  program.addHelpText("after", EXAMPLES_HINT);
  const groups = new Map<string, Command>();
  for (const spec of COMMANDS) {
    const { group, word } = wordsOf(spec);
    const parent = group === undefined ? program : groups.get(group) ?? describeGroup(program, {
      ...{ group, collected, layout },
    });
    if (group !== undefined) groups.set(group, parent);
    const command = parent.command(word, { hidden: spec.hidden === true })
      .aliases([...spec.aliases ?? []])
      .summary(spec.summary).description(sentence(spec.summary));
    prepare(command, { collected, layout });
    describeCommand(command, spec);
    command.action(() => {
      collected.request = requestOf(program, { command, spec });
    });
  }
  return program;
}

/** Where a command stands: in a group, or at the top. */
function wordsOf({ name }: CommandSpec): {
  readonly group: string | undefined;
  readonly word: string;
} {
  const at = name.indexOf(" ");
  return at < 0
    ? { group: undefined, word: name }
    : { group: name.slice(0, at), word: name.slice(at + 1) };
}

function describeGroup(
  program: Command,
  { group, ...context }: {
    readonly group: string;
    readonly collected: Collected;
    readonly layout: HelpLayout;
  },
): Command {
  const summary = GROUPS[group];
  if (summary === undefined) throw new TypeError(`Cannot declare "${group}": it is no group`);
  const command = program.command(group).summary(summary).description(sentence(summary))
    .usage("COMMAND [OPTIONS]").helpCommand("help [COMMAND]", "show help for a command")
    .enablePositionalOptions();
  prepare(command, context);
  command.addHelpText("after", `\nstrata ${group} COMMAND --help shows examples.\n`);
  return command;
}

function prepare(
  command: Command,
  context: { readonly collected: Collected; readonly layout: HelpLayout },
): void {
  const { collected, layout } = context;
  const width = Math.min(layout.width, HELP_WIDTH_MAX);
  const name = fullName(command);
  command
    .exitOverride((error) => {
      collected.refusedIn = name;
      throw error;
    })
    .configureOutput({
      writeOut: (text) => void (collected.text += text),
      writeErr: (text) => void (collected.text += text),
      outputError: () => {},
      getOutHelpWidth: () => width,
      getErrHelpWidth: () => width,
      getOutHasColors: () => layout.colour,
      getErrHasColors: () => layout.colour,
    })
    .helpOption("-h, --help", "show this help")
    .showSuggestionAfterError();
}

function fullName(command: Command): string {
  const name = command.name();
  return command.parent === null ? name : `${fullName(command.parent)} ${name}`;
}

function describeCommand(command: Command, spec: CommandSpec): void {
  for (const argument of spec.arguments ?? []) {
    const name = `${argument.name}${argument.repeats === true ? "..." : ""}`;
    const described = new Argument(
      argument.required === true ? `<${name}>` : `[${name}]`,
      argument.summary,
    );
    command.addArgument(
      argument.choices === undefined ? described : described.choices([...argument.choices]),
    );
  }
  addOptions(command, optionsOf(spec));
  const widest = Math.max(...spec.examples.map(([line]) => line.length));
  const lines = spec.examples.map(([line, does]) => `  ${line.padEnd(widest)}   # ${does}`);
  command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

function addOptions(command: Command, options: readonly OptionSpec[]): void {
  for (const { flags, summary, choices, fallback, repeats } of options) {
    // A default is given by ourselves: what commander keeps under "--no-…" is a switch turned round.
    const option = new Option(
      flags,
      fallback === undefined ? summary : `${summary}; by default ${fallback}`,
    );
    if (choices !== undefined) {
      option.choices([...choices]).argParser((value: string) => {
        if (choices.some((choice) => isChoice(value, choice))) return value;
        throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`);
      });
    }
    if (repeats === true) {
      option.argParser((value: string, before: unknown) =>
        typeof before === "string" ? `${before},${value}` : value
      );
    }
    command.addOption(option);
  }
}

function requestOf(
  program: Command,
  context: { readonly command: Command; readonly spec: CommandSpec },
): Request {
  const { command, spec } = context;
  const given = (spec.arguments ?? []).map((argument, index) =>
    [argument.name, command.args[index]] as const
  );
  const globalNames = new Set(GLOBAL_OPTIONS.map(optionName));
  // Behind the command it counts for more than before it.
  const value = (option: OptionSpec): string | true | undefined =>
    valueOf(command, option) ??
      (globalNames.has(optionName(option)) ? valueOf(program, option) : undefined);
  const values = (options: readonly OptionSpec[]) =>
    Object.fromEntries(options.map((option) => [optionName(option), value(option)]));
  return {
    command: spec,
    input: {
      arguments: Object.fromEntries(given),
      options: values(spec.options ?? []),
      words: [...command.args],
    },
    global: values(GLOBAL_OPTIONS),
  };
}

function valueOf(command: Command, option: OptionSpec): string | true | undefined {
  const name = optionName(option);
  const attribute = new Option(option.flags).attributeName();
  if (command.getOptionValueSource(attribute) !== "cli") return option.fallback;
  const value: unknown = command.getOptionValue(attribute);
  if (typeof value === "string") return value;
  return name.startsWith("no-")
    ? (value === false ? true : undefined)
    : value === true
    ? true
    : undefined;
}

interface ParserExit extends Error {
  readonly exitCode: number;
  readonly code: string;
}

function isParserExit(error: unknown): error is ParserExit {
  return error instanceof Error && "exitCode" in error && "code" in error;
}

/** Why commander only offers its help: options without a command, or help for one that is not there. */
function withoutCommand(args: readonly string[]): string {
  const asked = args[args.lastIndexOf("help") + 1];
  return args.includes("help") && asked !== undefined && GROUPS[asked] === undefined
    ? `unknown command '${asked}'`
    : "missing command";
}

/** Commander's words in one line of ours. */
function refusalMessage(error: Error): string {
  return error.message.replace(/^error: /, "").replace(
    /\n\(Did you mean (.*)\?\)$/,
    "; did you mean $1?",
  )
    .replace(/\.$/, "");
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
