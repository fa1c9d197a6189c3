/** Events in the format asked for. */
import type { EventCause } from "./event_causes.ts";
import type { MissedEvents, ToldEvent } from "./told_event.ts";
import type { Definition } from "../definitions.ts";
import type { Output } from "../output.ts";
import { type OutputFormat, picked } from "../output_format.ts";
import { jsonText } from "../resource_json.ts";
import { Table } from "../table.ts";
import { timeText } from "../time_text.ts";
import type { JsonValue } from "@bufbuild/protobuf";

/** Shows events. */
export interface EventPrinter {
  event(event: ToldEvent, cause: EventCause | undefined): Promise<void>;
  missed(missed: MissedEvents): Promise<void>;
  /** The past is told; what follows happens now. */
  settled(): Promise<void>;
}

/** How they are shown. */
export interface EventPrinterOptions {
  readonly format: OutputFormat;
  readonly headers: "shown" | "hidden";
  readonly definitions: readonly Definition[];
}

/** Makes a printer. */
export function eventPrinter(out: Output, options: EventPrinterOptions): EventPrinter {
  const { format } = options;
  return format.name === "table" || format.name === "wide"
    ? tablePrinter(out, options)
    : dataPrinter(out, format);
}

const COLUMNS = ["TIME", "EVENT", "TYPE", "ID", "BY", "BECAUSE OF"];
const WIDE_COLUMNS = ["NAMESPACE", "VERSION", "PHASE", "OWNER", "REQUEST"];

function tablePrinter(
  out: Output,
  { format, headers, definitions }: EventPrinterOptions,
): EventPrinter {
  const isWide = format.name === "wide";
  const columns = [...COLUMNS, ...(isWide ? WIDE_COLUMNS : [])];
  const table = new Table(out, { columns, headers });
  const kindName = (type: string): string =>
    definitions.find((each) => each.type === type)?.displayType || type;
  return {
    async event({ event, metadata, time }, cause) {
      const { namespace, type, id, version, phase, owner } = metadata;
      const because = cause?.because;
      await table.row([
        time === undefined ? "" : timeText(time, "seconds"),
        event,
        kindName(type),
        id,
        cause?.actor ?? "",
        because === undefined ? "" : `${kindName(because.type)} ${because.id}`,
        ...(isWide ? [namespace, `${version}`, phase, owner, cause?.request ?? ""] : []),
      ]);
    },
    async missed({ kind, reason }) {
      const row = ["", "missed", kind === undefined ? "" : kindName(kind.type), "", ""];
      await table.row([...row, reason.message]);
    },
    settled: () => table.flush(),
  };
}

/** One line of JSON or of a template, or one document of YAML, an event. */
function dataPrinter(out: Output, format: OutputFormat): EventPrinter {
  let between = "";
  async function print(value: JsonValue): Promise<void> {
    if (format.name === "json") return await out.text(`${jsonText(value, "line")}\n`);
    if (format.name === "jsonpath") return await out.text(`${picked(out, { format, value })}\n`);
    const { valueYaml } = await import("../value_yaml.ts");
    await out.text(between + await valueYaml(value));
    between = "---\n";
  }
  return {
    event: (event, cause) => print(eventJson(event, cause)),
    missed: ({ kind, reason }) => print({ event: "missed", ...kind, error: reason.message }),
    settled: () => Promise.resolve(),
  };
}

function eventJson({ event, metadata, time }: ToldEvent, cause: EventCause | undefined): JsonValue {
  const { namespace, type, id, version, phase, owner } = metadata;
  return {
    ...(time === undefined ? {} : { time: timeText(time, "nanoseconds") }),
    ...{ event, namespace, type, id, version: `${version}`, phase, owner },
    ...(cause === undefined ? {} : { cause: causeJson(cause) }),
  };
}

function causeJson({ actor, request, because }: EventCause): JsonValue {
  return {
    actor,
    ...(request === "" ? {} : { request }),
    ...(because === undefined ? {} : {
      because: {
        namespace: because.namespace,
        type: because.type,
        id: because.id,
        revision: `${because.revision}`,
      },
    }),
  };
}
