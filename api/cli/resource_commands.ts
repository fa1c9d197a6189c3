/** The commands about resources: what there is, what it means, what happened to it and why. */
import type { CommandSpec } from "./command_spec.ts";
import { NAMESPACE, NO_HEADERS, outputOption, TYPE } from "./common_options.ts";

/** In the order of the help. */
export const RESOURCE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "get",
    summary: "show resources, once or as they change",
    asks: "machine",
    arguments: [
      TYPE,
      { name: "ID", summary: "only this one", completes: "id" },
    ],
    options: [
      NAMESPACE,
      outputOption(["table", "wide"], ["name"]),
      {
        flags: "-w, --watch",
        summary: "first what there is, then every change, until interrupted",
      },
      {
        flags: "-l, --selector <LABELS>",
        summary: "only those whose labels match: a=b,c!=d,e in (x,y),f,!g,n<10",
      },
      NO_HEADERS,
    ],
    examples: [
      ["strata get mounts", "a table of all mounts"],
      ["strata get mountstatus /var -o yaml", "one resource with everything in it"],
      ["strata get bootsteps -w", "follow the changes"],
      ["strata get mounts -l layer=var -o json", "those with a label, for programs"],
      ["strata get mounts -o jsonpath='{.metadata.id} {.spec.source}'", "one line each"],
      ["strata get rd -o name", "one TYPE/ID a line, for scripts"],
    ],
    load: () => import("./commands/get.ts"),
  },
  {
    name: "types",
    summary: "show the resource types of the machine with their aliases",
    asks: "machine",
    options: [outputOption(["table", "wide"], ["name"]), NO_HEADERS],
    examples: [
      ["strata types", "what strata get can show"],
      ["strata types -o name", "one full type a line, for scripts"],
    ],
    load: () => import("./commands/types.ts"),
  },
  {
    name: "explain",
    summary: "explain a resource type, or a field of it",
    asks: "machine",
    arguments: [{
      name: "TYPE.FIELD",
      summary: "type or alias of it; behind a dot a field, and fields below it",
      required: true,
      completes: "field path",
    }],
    options: [
      { flags: "-r, --recursive", summary: "the names of all fields, down to the last" },
      outputOption(["text"]),
    ],
    examples: [
      ["strata explain mounts", "what the type is for, and its fields"],
      ["strata explain volumestatus.repairs.outcome", "one field"],
      ["strata explain machine --recursive", "a tree of all of its fields"],
    ],
    load: () => import("./commands/explain.ts"),
  },
  {
    name: "events",
    summary: "show what happens to resources, of all kinds or of some",
    asks: "machine",
    arguments: [{
      name: "TYPE",
      summary: "only these types, or aliases of them",
      repeats: true,
      completes: "type",
    }],
    options: [
      { ...NAMESPACE, summary: "only this namespace; by default every one that is known" },
      outputOption(["table", "wide"]),
      {
        flags: "--tail <COUNT>",
        summary: "first so many events of the past, or all; by default 10",
      },
      {
        flags: "--since <TIME>",
        summary: "first the events since then: 10m, or 2026-01-02T03:04:05Z",
      },
      { flags: "--no-follow", summary: "only events of the past, then the end" },
      { flags: "--no-causes", summary: "do not ask who wrote, which is a call for each event" },
      {
        flags: "--machine",
        summary: "events of the machine instead: its sequences, steps, services and status",
      },
      {
        flags: "--actor <ID>",
        summary: "of the machine: only what follows from this reboot or shutdown",
      },
      { flags: "--after <ID>", summary: "of the machine: what came after this event" },
      NO_HEADERS,
    ],
    examples: [
      ["strata events", "the last ten events, and then each as it happens"],
      ["strata events mounts volumes", "of these two types"],
      ["strata events --since 5m --no-follow", "what happened in the last five minutes"],
      ["strata events --tail 0 -o json", "what happens from now on, one JSON value a line"],
      ["strata events --machine --tail all", "what happened to the machine, and what happens"],
    ],
    load: () => import("./commands/events.ts"),
  },
  {
    name: "why",
    summary: "show the writes that led to a resource as it is",
    asks: "machine",
    arguments: [
      TYPE,
      { name: "ID", summary: "the resource", required: true, completes: "id" },
    ],
    options: [
      NAMESPACE,
      outputOption(["text"]),
    ],
    examples: [
      ["strata why mounts /var", "from the newest write back to what began it"],
    ],
    load: () => import("./commands/why.ts"),
  },
  {
    name: "graph",
    summary: "show controllers, what they read and write, and how they fare",
    asks: "machine",
    options: [
      outputOption(["text", "dot", "mermaid", "svg"]),
      {
        flags: "--controller <NAME>",
        summary: "only this controller and what it touches",
        completes: "controller",
      },
      {
        flags: "--type <TYPE>",
        summary: "only this type, or alias of it, and who touches it",
        completes: "type",
      },
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
];
