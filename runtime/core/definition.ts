/** A resource type, declared once from its protobuf descriptor; everything about it follows from that. */
import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  fromJson,
  isMessage,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
  ScalarType,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import type { Resource } from "./resource.ts";
import { type MetadataInit, newMetadata } from "./metadata.ts";
import { freezeDeep, frozenCopy } from "./freeze.ts";
import { parseTypeName, singularName, typeAliases } from "./type_name.ts";
import { unknownField } from "./json_fields.ts";
import { StateError } from "./errors.ts";

/** A column of a table of resources. */
export interface PrintColumn {
  readonly name: string;
  /** JSONPath template into the spec, like `{.mounted}`. */
  readonly jsonPath: string;
}

/** Who may read: anybody who may read at all, or administrators only. */
export type Sensitivity = "" | "sensitive";

/** What {@linkcode defineResource} is told. */
export interface ResourceDeclaration<Desc extends DescMessage> {
  readonly descriptor: Desc;
  /** `<Plurals>.<domain>`, like `MountSpecs.fs.strata`. */
  readonly type: string;
  /** Used where none is named. */
  readonly namespace: string;
  /** The singular, where the rule of `singularName` gives a wrong one. */
  readonly displayType?: string;
  readonly aliases?: readonly string[];
  /** No names but the given ones: neither the lower-cased ones nor the initials. */
  readonly skipAutomaticAliases?: boolean;
  readonly printColumns?: readonly PrintColumn[];
  readonly sensitivity?: Sensitivity;
}

/** Metadata of a new resource besides its name; `namespace` is the type's own unless given. */
export type NewResourceOptions = Partial<Omit<MetadataInit, "type" | "id" | "version">>;

/** A resource type: its names, and its specs in every form. */
export interface ResourceDefinition<Desc extends DescMessage = DescMessage> {
  readonly descriptor: Desc;
  readonly type: string;
  readonly namespace: string;
  readonly displayType: string;
  readonly aliases: readonly string[];
  readonly allAliases: readonly string[];
  readonly printColumns: readonly PrintColumn[];
  readonly sensitivity: Sensitivity;
  /** A resource nobody stored yet. `init` is copied. @throws {StateError} `invalid-resource`. */
  newResource(
    id: string,
    init: MessageInitShape<Desc>,
    options?: NewResourceOptions,
  ): Resource<MessageShape<Desc>>;
  /** The same metadata, another content. `init` is copied. @throws {StateError} `invalid-resource`. */
  withSpec(resource: Resource, init: MessageInitShape<Desc>): Resource<MessageShape<Desc>>;
  /** Whether the resource is of this type and its content was understood. */
  is(resource: Resource): resource is Resource<MessageShape<Desc>>;
  /** Reads the wire form; fields of a newer version stay in the bytes. @throws {StateError} `invalid-resource`. */
  fromProto(bytes: Uint8Array): MessageShape<Desc>;
  /** A copy of the bytes the spec came from, or its encoding. @throws {StateError} `invalid-resource`. */
  toProto(spec: unknown): Uint8Array<ArrayBuffer>;
  /** Reads the JSON form; unknown fields are refused by name. @throws {StateError} `invalid-resource`. */
  fromJson(json: unknown): MessageShape<Desc>;
  /** The JSON form in lowerCamelCase, with every field but unset messages. @throws {StateError} `invalid-resource`. */
  toJson(spec: unknown): JsonValue;
}

/**
 * Declares a resource type.
 *
 * @throws {StateError} `invalid-resource`: the type's name breaks a rule, the sensitivity is none, or a message within
 * holds `bytes` or `google.protobuf.Any`, which cannot be made immutable. That the name is a plural is checked when the
 * type is registered.
 */
export function defineResource<Desc extends DescMessage>(
  declaration: ResourceDeclaration<Desc>,
): ResourceDefinition<Desc> {
  const { descriptor, type, namespace } = declaration;
  const typeName = parseTypeName(type);
  refuseBytes(descriptor, type);
  const displayType = declaration.displayType ?? singularName(typeName.name);
  const given = declaration.aliases ?? [];
  const { aliases, allAliases } = declaration.skipAutomaticAliases
    ? { aliases: [...given], allAliases: [...given] }
    : typeAliases(typeName, { displayType, aliases: given });
  const sensitivity = requireSensitivity(declaration.sensitivity ?? "", type);
  const codec = specCodec(descriptor, type);
  return Object.freeze({
    ...codec,
    descriptor,
    type,
    namespace,
    displayType,
    aliases: Object.freeze(aliases),
    allAliases: Object.freeze(allAliases),
    printColumns: frozenCopy(declaration.printColumns ?? []),
    sensitivity,
    newResource(id: string, init: MessageInitShape<Desc>, options: NewResourceOptions = {}) {
      const metadata = newMetadata({ namespace, ...options, type, id });
      return Object.freeze({ metadata, spec: codec.newSpec(init) });
    },
    withSpec(resource: Resource, init: MessageInitShape<Desc>) {
      return Object.freeze({ metadata: resource.metadata, spec: codec.newSpec(init) });
    },
    is(resource: Resource): resource is Resource<MessageShape<Desc>> {
      return resource.metadata.type === type && isMessage(resource.spec, descriptor);
    },
  });
}

/** For callers that no compiler checked. */
function requireSensitivity(sensitivity: Sensitivity, type: string): Sensitivity {
  if (sensitivity === "" || sensitivity === "sensitive") return sensitivity;
  const rule = `unknown sensitivity "${String(sensitivity)}", may be sensitive or empty`;
  const detail = `error validating resource definition "${type}": ${rule}`;
  throw new StateError({ refusal: "invalid-resource", detail });
}

function specCodec<Desc extends DescMessage>(descriptor: Desc, type: string) {
  // Messages made here, with their encoding where there is one: nobody else can reach the bytes.
  const encodings = new WeakMap<object, Uint8Array<ArrayBuffer> | undefined>();

  function own(spec: MessageShape<Desc>): MessageShape<Desc> {
    encodings.set(spec, undefined);
    return spec;
  }

  function message(spec: unknown): MessageShape<Desc> {
    if (isMessage(spec, descriptor)) return spec;
    throw unfit(type, `the spec is no ${descriptor.typeName}`);
  }

  return {
    newSpec(init: MessageInitShape<Desc>): MessageShape<Desc> {
      if (isMessage(init, descriptor) && encodings.has(init)) return init;
      return attempt(type, () => {
        const spec = frozenCopy(create(descriptor, init));
        toBinary(descriptor, spec); // Refuses what the fields cannot hold, before anybody stores it.
        return own(spec);
      });
    },
    fromProto(bytes: Uint8Array): MessageShape<Desc> {
      return attempt(type, () => {
        const spec = freezeDeep(fromBinary(descriptor, bytes, { readUnknownFields: false }));
        encodings.set(spec, new Uint8Array(bytes));
        return spec;
      });
    },
    toProto(spec: unknown): Uint8Array<ArrayBuffer> {
      const value = message(spec);
      const known = encodings.get(value);
      if (known !== undefined) return known.slice();
      const bytes = attempt(type, () => toBinary(descriptor, value));
      if (encodings.has(value)) encodings.set(value, bytes.slice());
      return bytes;
    },
    fromJson(json: unknown): MessageShape<Desc> {
      const stranger = unknownField(descriptor, json, "spec");
      if (stranger !== undefined) {
        const may = stranger.known.length === 0 ? "no field" : stranger.known.join(", ");
        throw unfit(type, `Cannot read ${stranger.path}: unknown field, may be ${may}`);
      }
      // The parser judges every value by itself.
      return attempt(type, () => own(freezeDeep(fromJson(descriptor, json as JsonValue))));
    },
    toJson(spec: unknown): JsonValue {
      const value = message(spec);
      return attempt(type, () => toJson(descriptor, value, { alwaysEmitImplicit: true }));
    },
  };
}

function attempt<T>(type: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof StateError || !(error instanceof Error)) throw error;
    throw unfit(type, error.message, { cause: error });
  }
}

function unfit(type: string, detail: string, options?: ErrorOptions): StateError {
  return new StateError({ refusal: "invalid-resource", detail: `${type}: ${detail}` }, options);
}

function refuseBytes(descriptor: DescMessage, type: string): void {
  const seen = new Set<DescMessage>();
  const visit = (message: DescMessage): void => {
    if (seen.has(message)) return;
    seen.add(message);
    if (message.typeName === "google.protobuf.Any") {
      throw unfit(
        type,
        `${descriptor.typeName} holds google.protobuf.Any, which is never immutable`,
      );
    }
    for (const field of message.fields) {
      if (holdsBytes(field)) {
        throw unfit(type, `${message.typeName}.${field.name} is bytes, which are never immutable`);
      }
      if (field.message !== undefined) visit(field.message);
    }
  };
  visit(descriptor);
}

function holdsBytes(field: DescField): boolean {
  return field.scalar === ScalarType.BYTES;
}
