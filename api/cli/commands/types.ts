/** `strata types`: what can be got. */
import type { CommandInput } from "../command_spec.ts";
import { type Definition, fetchDefinitions } from "../definitions.ts";
import { escapeText } from "../escape.ts";
import { outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";
import type { JsonValue } from "@bufbuild/protobuf";

/** Prints the machine's resource types. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const { out, world: { signal } } = session;
  const format = outputFormat(input);
  const definitions = await session.withMachine((transport) =>
    fetchDefinitions(transport, { signal })
  );
  const value = (): JsonValue => definitions.map(definitionJson);
  if (await printData(out, { format, value })) return;
  if (format.name === "name") {
    return await out.text(definitions.map(({ type }) => `${escapeText(type)}\n`).join(""));
  }
  const isWide = format.name === "wide";
  const table = new Table(out, {
    columns: ["TYPE", "NAMESPACE", "ALIASES", ...(isWide ? ["KIND", "ALL NAMES", "COLUMNS"] : [])],
    headers: input.options["no-headers"] === true ? "hidden" : "shown",
  });
  for (const definition of definitions) {
    const { type, namespace, aliases, displayType, allAliases, columns } = definition;
    const names = columns.map(({ name }) => name).join(", ");
    const more = isWide ? [displayType, allAliases.join(" "), names] : [];
    await table.row([type, namespace, aliases.join(" "), ...more]);
  }
  await table.flush();
}

function definitionJson(definition: Definition): JsonValue {
  const { type, displayType, namespace, aliases, allAliases, columns } = definition;
  return {
    type,
    displayType,
    namespace,
    aliases: [...aliases],
    allAliases: [...allAliases],
    printColumns: columns.map(({ name, jsonPath }) => ({ name, jsonPath })),
  };
}
