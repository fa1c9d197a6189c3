/** Shows resources in the format asked for, as a list or as they change. */
import type { Definition } from "./definitions.ts";
import { escapeText } from "./escape.ts";
import type { Output } from "./output.ts";
import { type OutputFormat, picked } from "./output_format.ts";
import { jsonText, resourceJson } from "./resource_json.ts";
import { type Change, resourceTable, type ResourceTableOptions } from "./resource_table.ts";
import { resourceYaml } from "./resource_yaml.ts";
import type { SpecReader } from "./spec_reader.ts";
import type { Resource } from "../../proto/gen/cosi/resource/resource_pb.ts";
import type { JsonValue } from "@bufbuild/protobuf";

/** Shows resources. */
export interface ResourcePrinter {
  /** Shows one of a list. */
  item(resource: Resource): Promise<void>;
  /** Shows a change. */
  change(change: Change, resource: Resource, old?: Resource): Promise<void>;
  /** What is there has been shown; what follows are changes. */
  settled(): Promise<void>;
  /** The list is complete. */
  end(): Promise<void>;
}

/** What a printer is made of. */
export interface PrinterOptions {
  readonly format: OutputFormat;
  readonly definition: Definition;
  readonly reader: SpecReader;
  readonly headers: "shown" | "hidden";
  /** One resource by its id, a list of them, or changes. */
  readonly shape: "one" | "list" | "changes";
}

/** Makes a printer. */
export function resourcePrinter(out: Output, options: PrinterOptions): ResourcePrinter {
  const { format, ...rest } = options;
  switch (format.name) {
    case "yaml":
      return yamlPrinter(out, options.reader);
    case "json":
      return jsonPrinter(out, options);
    case "jsonpath":
      return pathPrinter(out, options);
    case "name":
      return namePrinter(out);
    default:
      return tablePrinter(out, { ...rest, detail: format.name === "wide" ? "wide" : "table" });
  }
}

const idle = (): Promise<void> => Promise.resolve();

function tablePrinter(out: Output, options: ResourceTableOptions): ResourcePrinter {
  const table = resourceTable(out, options);
  return {
    item: (resource) => table.row(resource),
    change: (change, resource) => table.row(resource, change),
    settled: () => table.flush(),
    end: () => table.flush(),
  };
}

function namePrinter(out: Output): ResourcePrinter {
  const item = ({ metadata }: Resource): Promise<void> =>
    out.text(`${escapeText(`${metadata?.type ?? ""}/${metadata?.id ?? ""}`)}\n`);
  return { item, change: (_, resource) => item(resource), settled: idle, end: idle };
}

/** One line a resource. */
function pathPrinter(out: Output, { format, reader }: PrinterOptions): ResourcePrinter {
  const item = (resource: Resource): Promise<void> =>
    out.text(`${picked(out, { format, value: resourceJson(resource, reader) })}\n`);
  return { item, change: (_, resource) => item(resource), settled: idle, end: idle };
}

function yamlPrinter(out: Output, reader: SpecReader): ResourcePrinter {
  let between = "";
  async function document(resource: Resource, comment: string): Promise<void> {
    const text = await resourceYaml(resource, reader);
    await out.text(between + comment + text);
    between = "---\n";
  }
  return {
    item: (resource) => document(resource, ""),
    change: (change, resource) => document(resource, `# event: ${change}\n`),
    settled: idle,
    end: idle,
  };
}

function jsonPrinter(out: Output, options: PrinterOptions): ResourcePrinter {
  const { reader, shape } = options;
  let items = 0;
  const line = (value: JsonValue): Promise<void> => out.text(`${jsonText(value, "line")}\n`);
  return {
    async item(resource) {
      const text = jsonText(resourceJson(resource, reader), "lines");
      if (shape === "one") return await out.text(`${text}\n`);
      await out.text(`${items++ === 0 ? "[" : ","}\n    ${text.replaceAll("\n", "\n    ")}`);
    },
    change: (change, resource, old) =>
      line({
        event: change,
        resource: resourceJson(resource, reader),
        ...(old === undefined ? {} : { old: resourceJson(old, reader) }),
      }),
    settled: () => line({ event: "bootstrapped" }),
    async end() {
      if (shape === "list") await out.text(items === 0 ? "[]\n" : "\n]\n");
    },
  };
}
