/** Resources as rows: who they are, and the columns their type asks for. */
import type { Definition } from "./definitions.ts";
import { parseTemplate, renderTemplate } from "./json_path.ts";
import type { Output } from "./output.ts";
import type { SpecReader } from "./spec_reader.ts";
import { Table } from "./table.ts";
import { timeText } from "./time_text.ts";
import type { Metadata, Resource } from "../../proto/gen/cosi/resource/resource_pb.ts";

/** What can happen to a resource that is watched. */
export type Change = "created" | "updated" | "destroyed";

/** How resources are shown. */
export interface ResourceTableOptions {
  readonly definition: Definition;
  readonly reader: SpecReader;
  readonly headers: "shown" | "hidden";
  /** `wide` adds what all resources have. */
  readonly detail: "table" | "wide";
  /** `changes` puts a column for what happened in front. */
  readonly shape: "one" | "list" | "changes";
}

/** A table of resources. */
export interface ResourceTable {
  row(resource: Resource, change?: Change): Promise<void>;
  flush(): Promise<void>;
}

const MARKS: Readonly<Record<Change, string>> = { created: "+", updated: "*", destroyed: "-" };

const WIDE_COLUMNS = ["OWNER", "PHASE", "CREATED", "UPDATED", "LABELS", "FINALIZERS"];

/** Makes a table. */
export function resourceTable(out: Output, options: ResourceTableOptions): ResourceTable {
  const { definition, reader, detail, shape } = options;
  const templates = definition.columns.map(({ jsonPath }) => parseTemplate(jsonPath));
  const table = new Table(out, {
    headers: options.headers,
    columns: [
      ...(shape === "changes" ? ["*"] : []),
      ...["NAMESPACE", "TYPE", "ID", "VERSION"],
      ...definition.columns.map(({ name }) => name.toUpperCase()),
      ...(detail === "wide" ? WIDE_COLUMNS : []),
    ],
  });
  return {
    async row(resource, change) {
      const fields = templates.length === 0 ? undefined : await reader.fields(resource);
      const { metadata } = resource;
      await table.row([
        ...(shape === "changes" ? [change === undefined ? "" : MARKS[change]] : []),
        ...[metadata?.namespace ?? "", definition.displayType || definition.type],
        ...[metadata?.id ?? "", metadata?.version ?? ""],
        ...templates.map((template) =>
          template === undefined ? "" : renderTemplate(template, fields)
        ),
        ...(detail === "wide" && metadata !== undefined ? wideCells(metadata) : []),
      ]);
    },
    flush: () => table.flush(),
  };
}

function wideCells(metadata: Metadata): readonly string[] {
  const labels = Object.entries(metadata.labels).map(([key, value]) =>
    value === "" ? key : `${key}=${value}`
  );
  return [
    metadata.owner,
    metadata.phase,
    timeText(metadata.created, "seconds"),
    timeText(metadata.updated, "seconds"),
    labels.sort().join(","),
    metadata.finalizers.join(","),
  ];
}
