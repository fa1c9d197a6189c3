/** Metadata out of YAML. */
import { bareRecord } from "../runtime/core/bare_record.ts";
import { newMetadata, parsePhase, parseVersion } from "../runtime/core/metadata.ts";
import type { Metadata } from "../runtime/core/resource.ts";
import { parseTimestamp } from "../runtime/core/timestamp.ts";
import type { Node } from "yaml";
import { type YamlEntry, YamlSource } from "./yaml_source.ts";

/**
 * Reads metadata: keys in any order, unknown ones ignored, missing ones as in new metadata.
 *
 * @throws {StateError} `invalid-resource`, its detail beginning with LINE:COLUMN.
 */
export async function parseMetadataYaml(text: string): Promise<Metadata> {
  const source = await YamlSource.open(text);
  return readMetadata(source, source.root);
}

/** As {@linkcode parseMetadataYaml}, of a part of a document. @throws {StateError} */
export function readMetadata(source: YamlSource, node: Node | undefined): Metadata {
  const entries = source.entries(node, "metadata");
  const text = (name: string) => source.scalar(entries.get(name)?.value, name);
  const parsed = <T>(name: string, parse: (text: string) => T): T | undefined => {
    const entry = entries.get(name);
    if (entry === undefined) return undefined;
    return source.at(entry.value ?? entry.key, () => parse(text(name)));
  };
  const created = parsed("created", parseTimestamp);
  const updated = parsed("updated", parseTimestamp);
  const version = parsed("version", parseVersion);
  const phase = parsed("phase", parsePhase);
  const init = {
    namespace: text("namespace"),
    type: text("type"),
    id: text("id"),
    owner: text("owner"),
    labels: texts(source, entries.get("labels")),
    annotations: texts(source, entries.get("annotations")),
    finalizers: finalizers(source, entries.get("finalizers")),
    ...(version === undefined ? {} : { version }),
    ...(phase === undefined ? {} : { phase }),
    ...(created === undefined ? {} : { created }),
    ...(updated === undefined ? {} : { updated }),
  };
  return source.at(node, () => newMetadata(init));
}

function finalizers(source: YamlSource, entry: YamlEntry | undefined): readonly string[] {
  if (entry === undefined) return [];
  const items = source.items(entry.value ?? entry.key, "finalizers");
  return items.map((item) => source.scalar(item, "a finalizer"));
}

function texts(
  source: YamlSource,
  entry: YamlEntry | undefined,
): Readonly<Record<string, string>> {
  const found = bareRecord();
  if (entry === undefined) return found;
  for (const { name, value } of source.entries(entry.value ?? entry.key, entry.name).values()) {
    found[name] = source.scalar(value, `${entry.name}.${name}`);
  }
  return found;
}
