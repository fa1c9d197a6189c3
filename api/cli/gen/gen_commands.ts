/** The commands of `strata gen`. */
import type { CommandSpec } from "../command_spec.ts";

/** In the order of the help. */
export const GEN_COMMANDS: readonly CommandSpec[] = [
  {
    name: "gen certs",
    summary: "make an authority, and certificates by it for a machine and for whom it shall know",
    asks: "nobody",
    options: [
      {
        flags: "--out <DIR>",
        summary: "folder of the files, made where it is missing",
        fallback: ".",
        completes: "file",
      },
      {
        flags: "--ca-cert <FILE>",
        summary: "PEM: an authority that is there, with --ca-key; else one is made",
        completes: "file",
      },
      { flags: "--ca-key <FILE>", summary: "PEM: its key", completes: "file" },
      {
        flags: "--role <ROLE>",
        summary: "what the client may do: os:reader, os:operator, os:admin; may be repeated",
        fallback: "os:admin",
        repeats: true,
      },
      {
        flags: "--host <HOST>",
        summary: "name or address of the machine besides localhost; may be repeated",
        repeats: true,
      },
      {
        flags: "--name <NAME>",
        summary: "name of the client, which the machine tells with what it did",
        fallback: "strata",
      },
      { flags: "--hours <N>", summary: "how long they hold", fallback: "8760" },
      { flags: "--force", summary: "replace files that are there" },
    ],
    examples: [
      [
        "strata gen certs --out certs --host box.example",
        "ca, server and client, each .crt and .key",
      ],
      [
        "strata gen certs --out jo --ca-cert certs/ca.crt --ca-key certs/ca.key --role os:reader",
        "for somebody who may read",
      ],
    ],
    load: () => import("./certs.ts"),
  },
];
