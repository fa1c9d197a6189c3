/** Finds what a JSON document says that its message does not know, before the parser's shorter words do. */
import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** A field no message has, and the ones it has. */
export interface UnknownField {
  /** Where it stands, like `spec.mounts[2].souce`. */
  readonly path: string;
  /** What may stand there. */
  readonly known: readonly string[];
}

/**
 * The first field of `json` that `descriptor` does not have, at any depth.
 *
 * Values of another kind than the field's are left for the parser to refuse; messages with a JSON form of their own
 * (`google.protobuf.*`) are not looked into.
 */
export function unknownField(
  descriptor: DescMessage,
  json: unknown,
  path: string,
): UnknownField | undefined {
  if (descriptor.typeName.startsWith("google.protobuf.") || !isObject(json)) return undefined;
  for (const [key, value] of Object.entries(json)) {
    const at = `${path}.${key}`;
    const field = descriptor.fields.find(({ jsonName, name }) => key === jsonName || key === name);
    if (field === undefined) {
      return { path: at, known: descriptor.fields.map(({ jsonName }) => jsonName) };
    }
    const found = unknownInField(field, value, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function unknownInField(field: DescField, value: unknown, path: string): UnknownField | undefined {
  const { message } = field;
  if (message === undefined) return undefined;
  if (field.fieldKind === "message") return unknownField(message, value, path);
  const members: readonly (readonly [string, unknown])[] = Array.isArray(value)
    ? value.map((item, index) => [`${path}[${index}]`, item] as const)
    : isObject(value)
    ? Object.entries(value).map(([key, item]) => [`${path}.${key}`, item] as const)
    : [];
  for (const [at, member] of members) {
    const found = unknownField(message, member, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
