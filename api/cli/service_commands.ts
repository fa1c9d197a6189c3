/** The commands about what runs on a machine: services, their logs, the kernel's, and what all of it takes. */
import type { CommandSpec } from "./command_spec.ts";
import { NO_HEADERS, outputOption } from "./common_options.ts";

/** In the order of the help. */
export const SERVICE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "services",
    summary: "show the services and how they are",
    asks: "machine",
    options: [outputOption(["table"], ["name"]), NO_HEADERS],
    examples: [
      ["strata services", "a table of them"],
      ["strata services -o jsonpath={.*.state}", "only their states"],
    ],
    load: () => import("./commands/services.ts"),
  },
  {
    name: "service",
    summary: "show a service, or start, stop or restart it",
    asks: "machine",
    arguments: [
      { name: "SERVICE", summary: "its name", required: true, completes: "service" },
      {
        name: "ACTION",
        summary: "what to do with it; without, it is shown",
        choices: ["start", "stop", "restart"],
      },
    ],
    options: [outputOption(["text"])],
    examples: [
      ["strata service apid", "its state, health and last events"],
      ["strata service apid restart", "returns when the machine has begun with it"],
    ],
    load: () => import("./commands/service.ts"),
  },
  {
    name: "logs",
    summary: "print what a service wrote",
    asks: "machine",
    arguments: [{
      name: "SERVICE",
      summary: "its name",
      required: true,
      completes: "log",
    }],
    options: [
      { flags: "-f, --follow", summary: "go on with what it writes" },
      {
        flags: "--tail <COUNT>",
        summary: "only so many lines from the end, or all; by default all",
      },
    ],
    examples: [
      ["strata logs apid", "all that is kept"],
      ["strata logs apid -f --tail 20", "the last lines, and then each as it is written"],
    ],
    load: () => import("./commands/logs.ts"),
  },
  {
    name: "dmesg",
    summary: "print what the machine's kernel says",
    asks: "machine",
    options: [
      { flags: "-f, --follow", summary: "go on with what it says" },
      { flags: "--tail", summary: "only what it says from now on; implies --follow" },
    ],
    examples: [
      ["strata dmesg", "all that is kept"],
      ["strata dmesg --tail", "each line as it comes"],
    ],
    load: () => import("./commands/dmesg.ts"),
  },
  {
    name: "stats",
    summary: "show what services take of memory and processors",
    asks: "machine",
    options: [outputOption(["table"]), NO_HEADERS],
    examples: [
      ["strata stats", "each service that runs"],
      ["strata stats -o json", "for programs"],
    ],
    load: () => import("./commands/stats.ts"),
  },
  {
    name: "memory",
    summary: "show where the machine's memory went",
    asks: "machine",
    options: [
      { flags: "-l, --long", summary: "every figure of the kernel" },
      outputOption(["table"]),
      NO_HEADERS,
    ],
    examples: [
      ["strata memory", "what is used, free and available"],
      ["strata memory -o jsonpath={.memavailable}", "one figure, in kilobytes"],
    ],
    load: () => import("./commands/memory.ts"),
  },
  {
    name: "processes",
    summary: "show what runs on the machine",
    asks: "machine",
    options: [
      {
        flags: "-s, --sort <ORDER>",
        summary: "what comes first: rss takes most memory, cpu most time, pid is oldest",
        choices: ["rss", "cpu", "pid"],
        fallback: "rss",
      },
      outputOption(["table"]),
      NO_HEADERS,
    ],
    examples: [
      ["strata processes", "those that take most memory first"],
      ["strata processes --sort cpu -o json", "for programs"],
    ],
    load: () => import("./commands/processes.ts"),
  },
];
