/** `strata explain`: what a type and its fields mean, by the descriptors of this process or what a machine defines. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import type { CommandInput } from "../command_spec.ts";
import { type Definition, fetchDefinitions } from "../definitions.ts";
import { definedJson, definedText, definedType } from "../explain/defined_type.ts";
import { explainText } from "../explain/explain_text.ts";
import { explain, type Explanation, type FieldFacts } from "../explain/explanation.ts";
import { namedType, placeOf } from "../explain/field_path.ts";
import { nearNames } from "../near_names.ts";
import { type OutputFormat, outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import type { ResourceTypes } from "../../../runtime/core/resource_types.ts";
import type { JsonValue } from "@bufbuild/protobuf";

/** Explains a type, or one of its fields. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const format = outputFormat(input, "text");
  const { out, world } = session;
  const words = input.arguments["TYPE.FIELD"] ?? "";
  const types = await world.knownTypes();
  const named = namedType(words, types);
  if (named === undefined) return await explainDefined(session, { words, types, format });
  const place = placeOf(named);
  const { COMMENTS } = await import("../../../proto/gen/comments.ts");
  const recursive = input.options["recursive"] === true;
  const explanation = explain(place, {
    comments: COMMENTS,
    depth: recursive ? "all" : "one level",
  });
  const { definition } = named;
  const value = (): JsonValue => ({
    type: definition.type,
    kind: definition.displayType,
    namespace: definition.namespace,
    aliases: [...definition.aliases],
    sensitive: definition.sensitivity !== "",
    path: place.path.join("."),
    ...explanationJson(explanation),
  });
  if (await printData(out, { format, value })) return;
  await out.text(explainText({ definition, explanation, path: place.path, recursive }, out.width));
}

function explanationJson(
  { type, description, values, fields }: Explanation,
): { [name: string]: JsonValue } {
  return {
    fieldType: type,
    description,
    ...(values === undefined ? {} : { values: values.map((each) => ({ ...each })) }),
    fields: fields.map(fieldJson),
  };
}

function fieldJson({ name, type, description, values, fields }: FieldFacts): JsonValue {
  return {
    name,
    type,
    description,
    ...(values === undefined ? {} : { values: values.map((each) => ({ ...each })) }),
    ...(fields === undefined ? {} : { fields: fields.map(fieldJson) }),
  };
}

/** A type that this process does not know: what its machine defines of it is all there is to tell. */
async function explainDefined(
  session: Session,
  { words, types, format }: {
    readonly words: string;
    readonly types: ResourceTypes;
    readonly format: OutputFormat;
  },
): Promise<void> {
  const { out, world: { signal } } = session;
  const definitions = await session.withMachine((transport) =>
    fetchDefinitions(transport, { signal })
  )
    .catch((error: unknown) => {
      if (!(error instanceof CommandError && error.exit === EXIT.unreachable)) throw error;
      return undefined; // What is known here can still be told.
    });
  const defined = definedType(words, definitions ?? []);
  if (defined === undefined) throw unknownType(words, { types, definitions });
  if (await printData(out, { format, value: () => definedJson(defined) })) return;
  await out.text(definedText(defined));
}

function unknownType(
  words: string,
  { types, definitions }: {
    readonly types: ResourceTypes;
    readonly definitions: readonly Definition[] | undefined;
  },
): CommandError {
  const names = [...types.all(), ...definitions ?? []]
    .flatMap(({ type, allAliases }) => [type, ...allAliases]);
  // Either the whole is a type, or the word before its first dot is.
  const near = [
    ...new Set([...nearNames(words, names), ...nearNames(words.split(".")[0] ?? "", names)]),
  ];
  const advice = near.length === 0
    ? `"strata types" lists them`
    : `did you mean ${near.slice(0, 3).join(" or ")}?`;
  const where = definitions === undefined ? ", and there is no machine to ask" : "";
  return new CommandError(EXIT.notFound, `no resource type "${words}"${where}: ${advice}`);
}
