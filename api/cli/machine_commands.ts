/** The commands about a machine as a whole: its health, boot, files and end. */
import { DATA_OUTPUTS } from "./choice.ts";
import type { CommandSpec } from "./command_spec.ts";
import { NO_HEADERS, outputOption } from "./common_options.ts";

/** In the order of the help. */
export const MACHINE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "version",
    summary: "show the versions of this client and of the machine",
    asks: "machine",
    options: [
      { flags: "--client", summary: "only this client's; asks no machine" },
      outputOption(["text"]),
    ],
    examples: [
      ["strata version", "both versions"],
      ["strata version --client", "without a machine"],
    ],
    load: () => import("./commands/version.ts"),
  },
  {
    name: "health",
    summary: "check whether the machine does what it is for",
    asks: "machine",
    options: [
      {
        flags: "--wait-timeout <DURATION>",
        summary: "wait so long for it to be healthy, such as 30s or 5m; by default not at all",
      },
      outputOption(["table"]),
      NO_HEADERS,
    ],
    examples: [
      ["strata health", "each check with what was seen; ends with 1 when one failed"],
      ["strata health --wait-timeout 2m && strata mounts", "once the machine is up"],
      ["strata health -o json", "for programs"],
    ],
    load: () => import("./commands/health.ts"),
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
        choices: ["table", ...DATA_OUTPUTS, "svg"],
      },
      NO_HEADERS,
    ],
    examples: [
      ["strata boot blame", "which steps took longest"],
      ["strata boot chain", "which steps the end of the boot waited for"],
      ["strata boot plot > boot.svg", "a picture for a browser"],
    ],
    load: () => import("./commands/boot.ts"),
  },
  {
    name: "read",
    summary: "print a file of the machine",
    asks: "machine",
    arguments: [{
      name: "PATH",
      summary: "absolute path of a regular file",
      required: true,
      completes: "machine path",
    }],
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
    arguments: [{
      name: "PATH",
      summary: "absolute path",
      required: true,
      completes: "machine path",
    }],
    options: [
      {
        flags: "-o, --output <FORMAT>",
        summary: "how to show them; by default names alone",
        choices: [...DATA_OUTPUTS, "name"],
      },
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
    options: [outputOption(["table"], ["name"]), NO_HEADERS],
    examples: [
      ["strata mounts", "a table of them"],
      ["strata mounts -o jsonpath={.*.mountedOn}", "only where they are"],
    ],
    load: () => import("./commands/mounts.ts"),
  },
  {
    name: "verify",
    summary: "check that an image, or what a machine runs, is what was signed",
    asks: "machine",
    arguments: [{
      name: "IMAGE",
      summary: "image file, or the directory of an image's files",
      completes: "file",
    }],
    options: [
      { flags: "--running", summary: "the machine instead: its root, kernel and every file of /" },
      {
        flags: "--key <FILE>",
        summary: "public key, as PEM, that must have signed",
        completes: "file",
      },
    ],
    examples: [
      ["strata verify dist/strata-0.1.0.img", "every byte, by the key the image names"],
      ["strata verify dist/image --key release.pub", "signed by this key and no other"],
      ["strata verify --running", "ask the machine, and read all of its /"],
    ],
    load: () => import("./commands/verify.ts"),
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
];
