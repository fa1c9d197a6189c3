/** JSON Schema as far as the document needs it, and the TypeScript type of what a schema describes. */
import type { DescMessage, Message, MessageShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";

/** A schema of draft 2020-12. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** The JSON form of a message; the document takes its schema from the descriptor. */
export interface MessageRef<Desc extends DescMessage = DescMessage> {
  readonly message: Desc;
}

/** Where a named schema stands in the document. */
export type Ref<Name extends string> = { readonly $ref: `#/components/schemas/${Name}` };

/** Names a schema. */
export function ref<Name extends string>(name: Name): Ref<Name> {
  return { $ref: `#/components/schemas/${name}` };
}

/**
 * What a schema describes.
 *
 * @typeParam Schema The schema, as its literal type.
 * @typeParam Named The schemas that it may refer to by name.
 */
export type FromSchema<Schema, Named> = Schema extends MessageRef<infer Desc>
  ? MessageJson<MessageShape<Desc>>
  : Schema extends Ref<infer Name extends keyof Named & string> ? FromSchema<Named[Name], Named>
  : Schema extends { readonly enum: readonly (infer Value)[] } ? Value
  : Schema extends { readonly type: "string" } ? string
  : Schema extends { readonly type: "integer" } ? number
  : Schema extends { readonly type: "boolean" } ? boolean
  : Schema extends { readonly type: readonly [infer First, infer Second] }
    ? FromSchema<{ type: First }, Named> | FromSchema<{ type: Second }, Named>
  : Schema extends { readonly type: "null" } ? null
  : Schema extends { readonly const: infer Value } ? Value
  : Schema extends { readonly type: "array"; readonly items: infer Items }
    ? readonly FromSchema<Items, Named>[]
  : Schema extends { readonly type: "object"; readonly properties: infer Properties }
    ? FromObject<Properties, RequiredOf<Schema>, Named>
  : Schema extends { readonly additionalProperties: infer Values }
    ? Readonly<Record<string, FromSchema<Values, Named>>>
  : unknown;

type RequiredOf<Schema> = Schema extends { readonly required: readonly (infer Name)[] } ? Name
  : never;

type FromObject<Properties, Required, Named> =
  & {
    readonly [Name in keyof Properties as Name extends Required ? Name : never]: FromSchema<
      Properties[Name],
      Named
    >;
  }
  & {
    readonly [Name in keyof Properties as Name extends Required ? never : Name]?: FromSchema<
      Properties[Name],
      Named
    >;
  };

/** What protobuf makes of a message in JSON, with every field that is not a message. */
export type MessageJson<T> = T extends bigint | Uint8Array ? string
  : T extends Timestamp ? string
  : T extends number ? (number extends T ? number : string)
  : T extends string | boolean | undefined ? T
  : T extends readonly (infer Item)[] ? readonly MessageJson<Item>[]
  : T extends Message ? {
      readonly [Name in keyof T as Name extends `$${string}` ? never : Name]: MessageJson<T[Name]>;
    }
  : T extends object ? { readonly [Name in keyof T]: MessageJson<T[Name]> }
  : never;
