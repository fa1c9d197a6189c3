/** Every command of `strata`, in the order of the help. Parser, help and completion are made from it. */
import type { CommandSpec, OptionSpec } from "./command_spec.ts";
import { CONFIG_COMMANDS } from "./config/config_commands.ts";
import { GEN_COMMANDS } from "./gen/gen_commands.ts";
import { MACHINE_COMMANDS } from "./machine_commands.ts";
import { RESOURCE_COMMANDS } from "./resource_commands.ts";
import { SERVICE_COMMANDS } from "./service_commands.ts";

/** Words that stand before others: `strata config add`. */
export const GROUPS: Readonly<Record<string, string>> = {
  config: "keep contexts: where machines are and how to reach them",
  gen: "make certificates",
};

/** Understood before every command, and behind those that ask a machine. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--endpoint <ENDPOINT>",
    summary: "machine to talk to: unix:PATH, http://HOST:PORT or https://HOST:PORT",
  },
  {
    flags: "--context <NAME>",
    summary: "context to take machine and certificates from; see strata config",
    completes: "context",
  },
  { flags: "--token-file <FILE>", summary: "file that holds the token", completes: "file" },
  {
    flags: "--timeout <DURATION>",
    summary:
      "how long the machine may keep silent, such as 5s or 1m; 0 is for ever; by default 30s",
  },
];

export const COMMANDS: readonly CommandSpec[] = [
  ...RESOURCE_COMMANDS,
  ...MACHINE_COMMANDS,
  ...SERVICE_COMMANDS,
  ...CONFIG_COMMANDS,
  ...GEN_COMMANDS,
  {
    name: "serve",
    summary: "run the agent here as an ordinary process, without root",
    asks: "nobody",
    options: [
      {
        flags: "--socket <PATH>",
        summary: "unix socket for HTTP/2: gRPC, Connect, gRPC-Web",
        completes: "file",
      },
      { flags: "--http-socket <PATH>", summary: "unix socket for HTTP/1.1", completes: "file" },
      {
        flags: "--http <HOST:PORT>",
        summary: "TCP address for HTTP/1.1; by default 127.0.0.1:50080",
      },
      {
        flags: "--token-file <FILE>",
        summary: "file that holds the token callers on TCP must show",
        completes: "file",
      },
      {
        flags: "--tls <HOST:PORT>",
        summary:
          "TCP address for TLS, whose callers are known by certificate, such as 127.0.0.1:50000",
      },
      { flags: "--tls-cert <FILE>", summary: "PEM: our own certificate", completes: "file" },
      { flags: "--tls-key <FILE>", summary: "PEM: the key of our certificate", completes: "file" },
      {
        flags: "--tls-ca <FILE>",
        summary: "PEM: authorities of callers' certificates",
        completes: "file",
      },
    ],
    examples: [
      ["strata serve", 'prints one line beginning with "ready" when it can be talked to'],
      ["strata serve --http 127.0.0.1:50081", "on another port"],
    ],
    load: () => import("./commands/serve.ts"),
  },
  {
    name: "completion",
    summary: "print a script that completes strata's words in a shell",
    asks: "nobody",
    arguments: [
      { name: "SHELL", summary: "the shell", required: true, choices: ["bash", "zsh", "fish"] },
    ],
    examples: [
      ["source <(strata completion bash)", "in this bash"],
      ['strata completion zsh > "${fpath[1]}/_strata"', "in every zsh"],
      ["strata completion fish > ~/.config/fish/completions/strata.fish", "in every fish"],
    ],
    load: () => import("./commands/completion.ts"),
  },
  {
    name: "__complete",
    hidden: true,
    summary: "answer the scripts of strata completion",
    asks: "nobody",
    arguments: [{ name: "WORD", summary: "the shell, and what was typed", repeats: true }],
    examples: [["strata __complete fish -- get mou", "the words that may stand there"]],
    load: () => import("./commands/complete.ts"),
  },
];

/** The options of a command, its own first. */
export function optionsOf(command: CommandSpec): readonly OptionSpec[] {
  const own = command.options ?? [];
  return command.asks === "machine" ? [...own, ...GLOBAL_OPTIONS] : own;
}
