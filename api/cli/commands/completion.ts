/** `strata completion`: scripts for shells, made from the table of commands. */
import {
  type CommandInput,
  type CommandSpec,
  optionName,
  type OptionSpec,
} from "../command_spec.ts";
import { COMMANDS, GLOBAL_OPTIONS, optionsOf } from "../command_table.ts";
import type { Session } from "../session.ts";

/** Prints the script. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const scripts: Readonly<Record<string, () => string>> = { bash, zsh, fish };
  await session.out.text(scripts[input.arguments["SHELL"] ?? ""]?.() ?? "");
}

/** What a shell can offer behind the command's name. */
function wordsOf(command: CommandSpec): readonly string[] {
  const choices = (command.arguments ?? []).flatMap((argument) => argument.choices ?? []);
  return [...choices, ...optionsOf(command).map((option) => `--${optionName(option)}`), "--help"];
}

/** The short and the long form of an option, as they are written. */
function spellings(option: OptionSpec): readonly string[] {
  return option.flags.split(/[ ,]+/).filter((word) => word.startsWith("-"));
}

/** What bash offers behind an option, by command: two may give the same option other values. */
function valueCases(): string {
  const names = ["", ...COMMANDS.map(({ name }) => name)];
  return names.flatMap((name) => {
    const command = COMMANDS.find((each) => each.name === name);
    const options = command === undefined ? GLOBAL_OPTIONS : optionsOf(command);
    return options.filter((option) => option.choices !== undefined || takesFile(option))
      .map((option) => {
        const patterns = spellings(option).map((spelling) => `"${name} ${spelling}"`).join("|");
        const words = option.choices === undefined ? "-f" : `-W "${option.choices.join(" ")}"`;
        return `    ${patterns}) COMPREPLY=($(compgen ${words} -- "$current")); return ;;\n`;
      });
  }).join("");
}

function takesFile({ flags }: OptionSpec): boolean {
  return /<(?:FILE|PATH)>/.test(flags);
}

function bash(): string {
  const names = COMMANDS.map(({ name }) => name).join(" ");
  const cases = COMMANDS.map((command) =>
    `    ${command.name}) words="${wordsOf(command).join(" ")}" ;;\n`
  ).join("");
  return `# bash completion for strata
_strata() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" command="" words word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case " ${names} " in *" $word "*) command="$word"; break ;; esac
  done
  case "$command $previous" in
${valueCases()}  esac
  case "$command" in
    "") words="${names} help ${
    GLOBAL_OPTIONS.map((option) => `--${optionName(option)}`).join(" ")
  } --help" ;;
${cases}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _strata strata
`;
}

/** A single quote within single quotes. */
const ZSH_QUOTE = "'\\''";
const FISH_QUOTE = "\\'";

function zsh(): string {
  const names = COMMANDS.map(({ name, summary }) =>
    `    '${quoted(`${name}:${summary}`, ZSH_QUOTE)}'\n`
  ).join(
    "",
  );
  const cases = COMMANDS.map((command) => {
    const choices = (command.arguments ?? []).map((argument) =>
      ` ${argument.required === true ? "':" : "'::"}${argument.name}:${
        argument.choices === undefined ? "" : `(${argument.choices.join(" ")})`
      }'`
    );
    const options = optionsOf(command).flatMap((option) =>
      spellings(option).map((spelling) =>
        ` '${spelling}[${quoted(option.summary, ZSH_QUOTE).replace(/[[\]]/g, "\\$&")}]${
          zshValue(option)
        }'`
      )
    );
    return `    ${command.name}) _arguments${choices.join("")}${
      options.join("")
    } '--help[show help]' ;;\n`;
  }).join("");
  return `#compdef strata
# zsh completion for strata
_strata() {
  local -a commands
  commands=(
${names}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case "$words[1]" in
${cases}  esac
}
if [ "$funcstack[1]" = "_strata" ]; then _strata "$@"; else compdef _strata strata; fi
`;
}

function zshValue(option: OptionSpec): string {
  const value = /<([A-Z:]+)>/.exec(option.flags)?.[1];
  if (value === undefined) return "";
  const what = option.choices !== undefined
    ? `(${option.choices.join(" ")})`
    : takesFile(option)
    ? "_files"
    : "";
  return `:${value.replaceAll(":", "-")}:${what}`;
}

function fish(): string {
  const lines = ["# fish completion for strata", "complete -c strata -f"];
  for (const command of COMMANDS) {
    lines.push(
      `complete -c strata -n __fish_use_subcommand -a ${command.name} -d '${
        quoted(command.summary, FISH_QUOTE)
      }'`,
    );
    const here = `complete -c strata -n '__fish_seen_subcommand_from ${command.name}'`;
    for (const argument of command.arguments ?? []) {
      if (argument.choices !== undefined) lines.push(`${here} -a '${argument.choices.join(" ")}'`);
    }
    for (const option of optionsOf(command)) {
      const short = /^-([a-z]),/.exec(option.flags)?.[1];
      const value = option.choices !== undefined
        ? ` -x -a '${option.choices.join(" ")}'`
        : takesFile(option)
        ? " -r -F"
        : option.flags.includes("<")
        ? " -x"
        : "";
      const flags = `${short === undefined ? "" : ` -s ${short}`} -l ${optionName(option)}`;
      lines.push(`${here}${flags}${value} -d '${quoted(option.summary, FISH_QUOTE)}'`);
    }
    lines.push(`${here} -l help -d 'show help'`);
  }
  return `${lines.join("\n")}\n`;
}

/** Text inside of single quotes. The texts are ours and hold neither backslashes nor line ends. */
function quoted(text: string, quote: string): string {
  return text.replaceAll("'", quote);
}
