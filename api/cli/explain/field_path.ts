/** Words like `mounts.spec.options` taken apart: the type, and the way to one of its fields. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { nearNames } from "../near_names.ts";
import { MetadataSchema } from "../../../proto/gen/cosi/resource/resource_pb.ts";
import type { ResourceDefinition } from "../../../runtime/core/definition.ts";
import type { ResourceTypes } from "../../../runtime/core/resource_types.ts";
import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** A type, and what is left of the words behind its name. */
export interface NamedType {
  readonly definition: ResourceDefinition;
  readonly fields: readonly string[];
}

/** A place in a resource: a message, or a field without fields of its own. */
export interface Place {
  /** As in JSON, from the resource: `spec`, `spec.options`, `metadata.labels`. */
  readonly path: readonly string[];
  /** The field that leads here; undefined for the spec and the metadata as a whole. */
  readonly field: DescField | undefined;
  /** What lies here; undefined where there are no fields below. */
  readonly message: DescMessage | undefined;
}

/**
 * The type with the longest name that `words` begins with, since names of types have dots as well; undefined for none.
 *
 * @throws {CommandError} `usage`: several types have that name.
 */
export function namedType(
  words: string,
  types: Pick<ResourceTypes, "find">,
): NamedType | undefined {
  const parts = words.split(".");
  for (let count = parts.length; count > 0; count--) {
    const name = parts.slice(0, count).join(".");
    const found = types.find(name);
    const [definition] = found;
    if (found.length > 1) {
      const may = found.map(({ type }) => type).join(", ");
      throw new CommandError(EXIT.usage, `resource type "${name}" is ambiguous: it may be ${may}`);
    }
    // A dot at the end is what completion leaves.
    if (definition !== undefined) {
      return { definition, fields: parts.slice(count).filter((part) => part !== "") };
    }
  }
  return undefined;
}

/**
 * Follows the names of fields, in the forms of JSON and of protobuf. `spec` in front may be left out.
 *
 * @throws {CommandError} `notFound`, with names like the one that is not there.
 */
export function placeOf({ definition, fields }: NamedType): Place {
  const [first, ...below] = fields;
  const own = fieldNamed(definition.descriptor, first ?? "");
  const [root, names]: [string, readonly string[]] = own === undefined && first === "metadata"
    ? ["metadata", below]
    : own === undefined && first === "spec"
    ? ["spec", below]
    : ["spec", fields];
  const top = root === "metadata" ? MetadataSchema : definition.descriptor;
  let place: Place = { path: [root], field: undefined, message: top };
  for (const name of names) place = step(place, { name, definition });
  return place;
}

function step(
  { path, field: at, message }: Place,
  { name, definition }: { readonly name: string; readonly definition: ResourceDefinition },
): Place {
  const where = `${definition.displayType}.${path.join(".")}`;
  if (message === undefined) {
    const kind = at === undefined ? "nothing" : fieldTypeText(at);
    throw new CommandError(
      EXIT.notFound,
      `no field "${name}" in ${where}: it is ${kind}, and has no fields`,
    );
  }
  const field = fieldNamed(message, name);
  if (field !== undefined) return { path: [...path, field.jsonName], field, message: below(field) };
  const names = message.fields.map(({ jsonName }) => jsonName);
  const near = nearNames(name, names);
  const advice = near.length > 0
    ? `did you mean ${near.join(" or ")}?`
    : `it has ${names.join(", ")}`;
  throw new CommandError(EXIT.notFound, `no field "${name}" in ${where}: ${advice}`);
}

function fieldNamed(message: DescMessage, name: string): DescField | undefined {
  const lowered = name.toLowerCase();
  return message.fields.find((field) => field.jsonName === name || field.name === name) ??
    message.fields.find(({ jsonName }) => jsonName.toLowerCase() === lowered);
}

/** The message with the fields below a field, through lists and maps; those of protobuf itself are values in JSON. */
export function below({ message }: DescField): DescMessage | undefined {
  return message?.typeName.startsWith("google.protobuf.") ? undefined : message;
}

/** `string`, `[]string`, `map[string]string`, `MountSpec`, `Phase`. */
export function fieldTypeText(field: DescField): string {
  switch (field.fieldKind) {
    case "list":
      return `[]${valueText(field)}`;
    case "map":
      return `map[${SCALARS[field.mapKey] ?? "?"}]${valueText(field)}`;
    default:
      return valueText(field);
  }
}

function valueText(field: DescField): string {
  if (field.enum !== undefined) return shortName(field.enum);
  if (field.message !== undefined) return shortName(field.message);
  return SCALARS[field.scalar ?? 0] ?? "?";
}

/** The name without its package, but with the messages it stands in. */
export function shortName(
  { typeName, file }: { readonly typeName: string; readonly file: DescMessage["file"] },
): string {
  const { package: from } = file.proto;
  return from !== "" && typeName.startsWith(`${from}.`)
    ? typeName.slice(from.length + 1)
    : typeName;
}

/** By the numbers of descriptor.proto. */
const SCALARS: Readonly<Record<number, string>> = {
  1: "double",
  2: "float",
  3: "int64",
  4: "uint64",
  5: "int32",
  6: "fixed64",
  7: "fixed32",
  8: "bool",
  9: "string",
  12: "bytes",
  13: "uint32",
  15: "sfixed32",
  16: "sfixed64",
  17: "sint32",
  18: "sint64",
};
