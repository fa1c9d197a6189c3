/** Every command of `strata`, in the order of the help. Parser, help and completion are made from it. */
import type { CommandSpec, OptionSpec } from "./command_spec.ts";

/** Understood before every command, and behind those that ask a machine. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--endpoint <ENDPOINT>",
    summary: "machine to talk to: unix:PATH, http://HOST:PORT or https://HOST:PORT",
  },
  { flags: "--token-file <FILE>", summary: "file that holds the token" },
];

const OUTPUTS = ["table", "wide", "yaml", "json", "name"];
const GRAPH_OUTPUTS = ["text", "dot", "mermaid", "svg", "json", "yaml"];
const WHY_OUTPUTS = ["text", "json", "yaml"];

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "version",
    summary: "show the versions of this client and of the machine",
    asks: "machine",
    options: [{ flags: "--client", summary: "only this client's; asks no machine" }],
    examples: [
      ["strata version", "both versions"],
      ["strata version --client", "without a machine"],
    ],
    load: () => import("./commands/version.ts"),
  },
  {
    name: "get",
    summary: "show resources, once or as they change",
    asks: "machine",
    arguments: [
      {
        name: "TYPE",
        summary: "type or alias of it, in any case; see strata types",
        required: true,
      },
      { name: "ID", summary: "only this one" },
    ],
    options: [
      { flags: "-n, --namespace <NAMESPACE>", summary: "namespace; by default the type's own" },
      {
        flags: "-o, --output <FORMAT>",
        summary: "how to show them",
        choices: OUTPUTS,
        fallback: "table",
      },
      {
        flags: "-w, --watch",
        summary: "first what there is, then every change, until interrupted",
      },
      {
        flags: "-l, --selector <LABELS>",
        summary: "only those whose labels match: a=b,c!=d,e in (x,y),f,!g,n<10",
      },
      { flags: "--no-headers", summary: "leave out the table's heading" },
    ],
    examples: [
      ["strata get mounts", "a table of all mounts"],
      ["strata get mountstatus /var -o yaml", "one resource with everything in it"],
      ["strata get bootsteps -w", "follow the changes"],
      ["strata get rd -o name", "one TYPE/ID a line, for scripts"],
    ],
    load: () => import("./commands/get.ts"),
  },
  {
    name: "types",
    summary: "show the resource types of the machine with their aliases",
    asks: "machine",
    options: [{ flags: "--no-headers", summary: "leave out the table's heading" }],
    examples: [["strata types", "what strata get can show"]],
    load: () => import("./commands/types.ts"),
  },
  {
    name: "read",
    summary: "print a file of the machine",
    asks: "machine",
    arguments: [{ name: "PATH", summary: "absolute path of a regular file", required: true }],
    examples: [
      ["strata read /etc/hosts", "show it; control characters are escaped on a terminal"],
      ["strata read /proc/version > version", "copy it, byte for byte"],
    ],
    load: () => import("./commands/read.ts"),
  },
  {
    name: "ls",
    summary: "list a directory of the machine",
    asks: "machine",
    arguments: [{ name: "PATH", summary: "absolute path", required: true }],
    options: [
      { flags: "-l, --long", summary: "mode, owner, size, time and link target too" },
      { flags: "-r, --recurse", summary: "what lies below the directories too" },
      {
        flags: "-d, --depth <DEPTH>",
        summary: "go down at most this many levels; implies --recurse",
      },
    ],
    examples: [
      ["strata ls /var", "its entries, one a line"],
      ["strata ls -l /etc", "with everything known of them"],
      ["strata ls -d 2 /system", "two levels of it"],
    ],
    load: () => import("./commands/ls.ts"),
  },
  {
    name: "mounts",
    summary: "show the mounted file systems with their sizes",
    asks: "machine",
    options: [{ flags: "--no-headers", summary: "leave out the table's heading" }],
    examples: [["strata mounts", "a table of them"]],
    load: () => import("./commands/mounts.ts"),
  },
  {
    name: "boot",
    summary: "show where the time of the boot went",
    asks: "machine",
    arguments: [{
      name: "VIEW",
      summary: "blame: the longest steps first; chain: what the end waited for; plot: a picture",
      choices: ["blame", "chain", "plot"],
    }],
    options: [
      {
        flags: "-o, --output <FORMAT>",
        summary: "how to show it; by default table, and svg for plot",
        choices: ["table", "yaml", "json", "svg"],
      },
      { flags: "--no-headers", summary: "leave out the table's heading" },
    ],
    examples: [
      ["strata boot blame", "which steps took longest"],
      ["strata boot chain", "which steps the end of the boot waited for"],
      ["strata boot plot > boot.svg", "a picture for a browser"],
    ],
    load: () => import("./commands/boot.ts"),
  },
  {
    name: "graph",
    summary: "show controllers, what they read and write, and how they fare",
    asks: "machine",
    options: [
      {
        flags: "-o, --output <FORMAT>",
        summary: "how to show it",
        choices: GRAPH_OUTPUTS,
        fallback: "text",
      },
      { flags: "--controller <NAME>", summary: "only this controller and what it touches" },
      { flags: "--type <TYPE>", summary: "only this type, or alias of it, and who touches it" },
      { flags: "--no-untouched", summary: "leave out kinds no controller reads or writes" },
    ],
    examples: [
      ["strata graph", "each controller with its last run and error"],
      ["strata graph -o svg > graph.svg", "a picture for a browser"],
      ["strata graph --type mounts", "who reads and writes mounts"],
      ["strata graph -o dot | dot -Tpdf > graph.pdf", "drawn by Graphviz"],
    ],
    load: () => import("./commands/graph.ts"),
  },
  {
    name: "why",
    summary: "show the writes that led to a resource as it is",
    asks: "machine",
    arguments: [
      {
        name: "TYPE",
        summary: "type or alias of it, in any case; see strata types",
        required: true,
      },
      { name: "ID", summary: "the resource", required: true },
    ],
    options: [
      { flags: "-n, --namespace <NAMESPACE>", summary: "namespace; by default the type's own" },
      {
        flags: "-o, --output <FORMAT>",
        summary: "how to show it",
        choices: WHY_OUTPUTS,
        fallback: "text",
      },
    ],
    examples: [
      ["strata why mounts /var", "from the newest write back to what began it"],
    ],
    load: () => import("./commands/why.ts"),
  },
  {
    name: "reboot",
    summary: "end the machine in order and start it again",
    asks: "machine",
    examples: [["strata reboot", "returns when the machine has accepted it"]],
    load: () => import("./commands/reboot.ts"),
  },
  {
    name: "shutdown",
    summary: "end the machine in order and power it off",
    asks: "machine",
    examples: [["strata shutdown", "returns when the machine has accepted it"]],
    load: () => import("./commands/shutdown.ts"),
  },
  {
    name: "verify",
    summary: "check that an image, or what a machine runs, is what was signed",
    asks: "machine",
    arguments: [{ name: "IMAGE", summary: "image file, or the directory of an image's files" }],
    options: [
      { flags: "--running", summary: "the machine instead: its root, kernel and every file of /" },
      { flags: "--key <FILE>", summary: "public key, as PEM, that must have signed" },
    ],
    examples: [
      ["strata verify dist/strata-0.1.0.img", "every byte, by the key the image names"],
      ["strata verify dist/image --key release.pub", "signed by this key and no other"],
      ["strata verify --running", "ask the machine, and read all of its /"],
    ],
    load: () => import("./commands/verify.ts"),
  },
  {
    name: "serve",
    summary: "run the agent here as an ordinary process, without root",
    asks: "nobody",
    options: [
      { flags: "--socket <PATH>", summary: "unix socket for HTTP/2: gRPC, Connect, gRPC-Web" },
      { flags: "--http-socket <PATH>", summary: "unix socket for HTTP/1.1" },
      {
        flags: "--http <HOST:PORT>",
        summary: "TCP address for HTTP/1.1; by default 127.0.0.1:50080",
      },
      {
        flags: "--token-file <FILE>",
        summary: "file that holds the token callers on TCP must show",
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
      ["strata completion fish > ~/.config/fish/completions/strata.fish", "in every fish"],
    ],
    load: () => import("./commands/completion.ts"),
  },
];

/** The options of a command, its own first. */
export function optionsOf(command: CommandSpec): readonly OptionSpec[] {
  const own = command.options ?? [];
  return command.asks === "machine" ? [...own, ...GLOBAL_OPTIONS] : own;
}
