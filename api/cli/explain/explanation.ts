/** What is known of a place in a resource, as data: the form that texts and JSON are made from. */
import { below, fieldTypeText, type Place } from "./field_path.ts";
import type { DescEnum, DescField, DescMessage } from "@bufbuild/protobuf";

/** Comments by full name. */
export type Comments = Readonly<Record<string, string>>;

/** A field. */
export interface FieldFacts {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  /** Of an enumeration. */
  readonly values?: readonly { readonly name: string; readonly description: string }[];
  /** Of a message, when all of it was asked for. */
  readonly fields?: readonly FieldFacts[];
}

/** A place: what it is, and the fields below it. */
export interface Explanation extends FieldFacts {
  readonly fields: readonly FieldFacts[];
}

/** How much is told. */
export interface Depth {
  readonly comments: Comments;
  readonly depth: "one level" | "all";
}

/** What is known of the place. */
export function explain({ path, field, message }: Place, how: Depth): Explanation {
  const { comments } = how;
  const seen = message === undefined ? [] : [message.typeName];
  const fields = message === undefined ? [] : fieldsOf(message, { how, seen });
  if (field !== undefined) return { ...facts(field, { how, seen: undefined }), fields };
  const description = comments[message?.typeName ?? ""] ?? "";
  return { name: path.join("."), type: message?.name ?? "", description, fields };
}

interface Walk {
  readonly how: Depth;
  /** Messages on the way here: one that holds itself has no end. Undefined: nothing below is told. */
  readonly seen: readonly string[] | undefined;
}

function fieldsOf({ fields }: DescMessage, walk: Walk): readonly FieldFacts[] {
  return fields.map((field) => facts(field, walk));
}

function facts(field: DescField, { how, seen }: Walk): FieldFacts {
  const message = below(field);
  const isToldBelow = message !== undefined && seen !== undefined && how.depth === "all" &&
    !seen.includes(message.typeName);
  return {
    name: field.jsonName,
    type: fieldTypeText(field),
    description: how.comments[`${field.parent.typeName}.${field.name}`] ?? "",
    ...(field.enum === undefined ? {} : { values: valuesOf(field.enum, how.comments) }),
    ...(isToldBelow
      ? { fields: fieldsOf(message, { how, seen: [...seen, message.typeName] }) }
      : {}),
  };
}

function valuesOf(
  { typeName, values }: DescEnum,
  comments: Comments,
): FieldFacts["values"] & object {
  return values.map(({ name }) => ({ name, description: comments[`${typeName}.${name}`] ?? "" }));
}
