/** The commands of `strata config`. */
import type { ArgumentSpec, CommandModule, CommandSpec, OptionSpec } from "../command_spec.ts";
import { DATA_OUTPUTS } from "../choice.ts";

const NAME: ArgumentSpec = {
  name: "NAME",
  summary: "context; see strata config contexts",
  required: true,
  completes: "context",
};

const OUTPUT: OptionSpec = {
  flags: "-o, --output <FORMAT>",
  summary: "how to show them",
  choices: ["table", ...DATA_OUTPUTS, "name"],
  fallback: "table",
};

type Change = "useContext" | "addContext" | "removeContext" | "renameContext" | "mergeContexts";

async function change(name: Change): Promise<CommandModule> {
  return { run: (await import("./config_changes.ts"))[name] };
}

/** In the order of the help. */
export const CONFIG_COMMANDS: readonly CommandSpec[] = [
  {
    name: "config contexts",
    aliases: ["get-contexts"],
    summary: "list the contexts",
    asks: "nobody",
    options: [OUTPUT, { flags: "--no-headers", summary: "leave out the table's heading" }],
    examples: [
      ["strata config contexts", "with a star before the one in use"],
      ["strata config contexts -o name", "one name a line, for scripts"],
    ],
    load: async () => ({ run: (await import("./config_views.ts")).listContexts }),
  },
  {
    name: "config context",
    aliases: ["use-context"],
    summary: "take a context in use, or tell which one is",
    asks: "nobody",
    arguments: [{ ...NAME, required: false }],
    examples: [
      ["strata config context home", "talk to this machine from now on"],
      ["strata config context", "the name of the one in use"],
    ],
    load: () => change("useContext"),
  },
  {
    name: "config add",
    aliases: ["set-context"],
    summary: "add a context; the first one is in use at once",
    asks: "nobody",
    arguments: [{ name: "NAME", summary: "what to call it", required: true }],
    options: [
      {
        flags: "--endpoint <ENDPOINT>",
        summary: "where the machine is: unix:PATH, http://HOST:PORT or https://HOST:PORT",
      },
      {
        flags: "--ca <FILE>",
        summary: "PEM: certificate of the authority to trust",
        completes: "file",
      },
      { flags: "--crt <FILE>", summary: "PEM: our own certificate", completes: "file" },
      { flags: "--key <FILE>", summary: "PEM: the key of our certificate", completes: "file" },
      {
        flags: "--token-file <FILE>",
        summary: "file that holds the token; it is read at each call",
        completes: "file",
      },
      { flags: "--force", summary: "replace the context of that name" },
    ],
    examples: [
      [
        "strata config add home --endpoint https://10.0.0.2:50000 --ca ca.crt --crt me.crt --key me.key",
        "by certificate",
      ],
      [
        "strata config add dev --endpoint http://127.0.0.1:50080 --token-file .strata/token",
        "by token",
      ],
    ],
    load: () => change("addContext"),
  },
  {
    name: "config remove",
    aliases: ["delete-context"],
    summary: "take a context out",
    asks: "nobody",
    arguments: [NAME],
    examples: [["strata config remove home", "and the certificates in it"]],
    load: () => change("removeContext"),
  },
  {
    name: "config rename",
    aliases: ["rename-context"],
    summary: "give a context another name",
    asks: "nobody",
    arguments: [NAME, { name: "NEW", summary: "its name from now on", required: true }],
    examples: [["strata config rename home house", "it stays in use where it was"]],
    load: () => change("renameContext"),
  },
  {
    name: "config view",
    summary: "show the file of contexts",
    asks: "nobody",
    options: [
      { ...OUTPUT, summary: "how to show it", choices: DATA_OUTPUTS, fallback: "yaml" },
      { flags: "--raw", summary: "secrets too" },
    ],
    examples: [
      ["strata config view", "without keys and tokens"],
      ["strata config view --raw -o json", "with them"],
      ["strata config view -o jsonpath={.context}", "a part of it"],
    ],
    load: async () => ({ run: (await import("./config_views.ts")).viewConfig }),
  },
  {
    name: "config merge",
    summary: "take in the contexts of another file",
    asks: "nobody",
    arguments: [
      { name: "FILE", summary: "another file of contexts", required: true, completes: "file" },
    ],
    examples: [[
      "strata config merge machine.yaml",
      "names that are taken get a number behind them",
    ]],
    load: () => change("mergeContexts"),
  },
];
