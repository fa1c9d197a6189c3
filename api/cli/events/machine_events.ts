/** `strata events --machine`: what happens to the machine as a whole. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import { eventJson, eventTime, eventWords } from "./machine_event_words.ts";
import type { Output } from "../output.ts";
import { type OutputFormat, outputFormat, picked } from "../output_format.ts";
import { parseDuration } from "../duration.ts";
import { jsonText } from "../resource_json.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";
import { timeText } from "../time_text.ts";
import { type Event, MachineService } from "../../../proto/gen/machine/machine_pb.ts";
import { createClient } from "@connectrpc/connect";

/** Past events told unless something else is asked for: a screen shows them. */
const TAIL_DEFAULT = 10;

/** Milliseconds without a further event after which those that are held for a table are shown. */
const SETTLED_MS = 200;

const COLUMNS = ["TIME", "EVENT", "SOURCE", "MESSAGE"];
const WIDE_COLUMNS = ["ID", "ACTOR"];

/** Shows events until interrupted. */
export async function showMachineEvents(session: Session, input: CommandInput): Promise<void> {
  refuseOthers(input);
  const request = { ...pastOf(input), withActorId: optionText(input, "actor") ?? "" };
  const { out, world } = session;
  const printer = printerOf(out, outputFormat(input), input.options["no-headers"] === true);
  await session.withMachine(async (transport) => {
    const { signal, clock } = world;
    const events = createClient(MachineService, transport).events(request, { signal });
    const iterator = events[Symbol.asyncIterator]();
    try {
      for (let isQuiet = false;;) {
        const next = iterator.next();
        if (!isQuiet) {
          const quiet = new AbortController();
          const pause = clock.sleep(SETTLED_MS, { signal: quiet.signal }).then(
            () => true,
            () => false,
          );
          isQuiet = await Promise.race([pause, next.then(() => false, () => false)]);
          quiet.abort();
          if (isQuiet) await printer.settled();
        }
        const { value, done } = await next;
        if (done) break;
        // The first says only that the stream is up.
        if (value.data !== undefined) await printer.event(value);
      }
    } finally {
      await printer.settled();
    }
    signal.throwIfAborted();
    throw new CommandError(EXIT.unreachable, "the machine ended the stream");
  });
}

/** Options of the other events, which have no meaning here. */
function refuseOthers(input: CommandInput): void {
  const why: Readonly<Record<string, string>> = {
    "namespace": "events of the machine have no namespace",
    "no-follow": "the machine does not tell where its past ends",
    "no-causes": "events of the machine have none",
  };
  for (const [name, reason] of Object.entries(why)) {
    if (input.options[name] === undefined) continue;
    throw new CommandError(EXIT.usage, `cannot use --${name} with --machine: ${reason}`);
  }
  if (input.words.length > 0) {
    throw new CommandError(EXIT.usage, "cannot use types with --machine: it shows no resources");
  }
}

/** The one way into the past that was asked for. */
function pastOf(
  input: CommandInput,
): { tailEvents?: number; tailSeconds?: number; tailId?: string } {
  const given = ["tail", "since", "after"].filter((name) => input.options[name] !== undefined);
  if (given.length > 1) {
    const names = given.map((name) => `--${name}`).join(" and ");
    throw new CommandError(
      EXIT.usage,
      `cannot use ${names} together with --machine: one may be given`,
    );
  }
  const after = optionText(input, "after");
  if (after !== undefined) return { tailId: after };
  const since = optionText(input, "since");
  if (since !== undefined) {
    const ms = parseDuration(since);
    if (ms !== undefined) return { tailSeconds: Math.max(1, Math.ceil(ms / 1000)) };
    const may = "with --machine it must be a duration such as 10m";
    throw new CommandError(EXIT.usage, `cannot use --since "${since}": ${may}`);
  }
  const tail = optionText(input, "tail");
  if (tail === undefined) return { tailEvents: TAIL_DEFAULT };
  return { tailEvents: tail === "all" ? -1 : Number(tail) };
}

interface Printer {
  event(event: Event): Promise<void>;
  /** What was held is shown. */
  settled(): Promise<void>;
}

function printerOf(out: Output, format: OutputFormat, isBare: boolean): Printer {
  if (format.name !== "table" && format.name !== "wide") {
    return { event: dataPrinter(out, format), settled: () => Promise.resolve() };
  }
  const isWide = format.name === "wide";
  const table = new Table(out, {
    columns: [...COLUMNS, ...(isWide ? WIDE_COLUMNS : [])],
    headers: isBare ? "hidden" : "shown",
  });
  return {
    async event(event) {
      const { name, source, text } = eventWords(event);
      const time = eventTime(event.id);
      const when = time === undefined ? "" : timeText(time, "seconds");
      await table.row([when, name, source, text, ...(isWide ? [event.id, event.actorId] : [])]);
    },
    settled: () => table.flush(),
  };
}

/** One line of JSON or of a template, or one document of YAML, an event. */
function dataPrinter(out: Output, format: OutputFormat): Printer["event"] {
  let between = "";
  return async (event) => {
    const value = eventJson(event);
    if (format.name === "json") return await out.text(`${jsonText(value, "line")}\n`);
    if (format.name === "jsonpath") return await out.text(`${picked(out, { format, value })}\n`);
    const { valueYaml } = await import("../value_yaml.ts");
    await out.text(between + await valueYaml(value));
    between = "---\n";
  };
}
