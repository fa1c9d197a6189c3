/** Resources out of messages, as a client wants them: content is decoded when somebody looks at it. */
import type { Resource as WireResource } from "../../proto/gen/cosi/resource/resource_pb.ts";
import { StateError } from "../../runtime/core/errors.ts";
import { tombstone } from "../../runtime/core/metadata.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import type { Metadata, Resource } from "../../runtime/core/resource.ts";
import type { ResourceTypes } from "../../runtime/core/resource_types.ts";
import { decodeMetadata } from "../codec.ts";

/** Reads resources. @throws {StateError} `invalid-resource`: metadata or spec is missing or none. */
export type ResourceReader = (wire: WireResource | undefined) => Resource;

/**
 * Makes a reader. Content of a type that `types` has is decoded once, at the first look, which throws where it is none;
 * content of others stays as it is, byte for byte.
 */
export function resourceReader(types: ResourceTypes): ResourceReader {
  return (wire) => {
    if (wire?.metadata === undefined) throw invalid("metadata is missing");
    if (wire.spec === undefined) throw invalid("spec is missing");
    const metadata = decodeMetadata(wire.metadata);
    const { protoSpec, yamlSpec } = wire.spec;
    if (metadata.version === undefined && protoSpec === undefined && yamlSpec === "") {
      return tombstone(metadata, metadata.created);
    }
    const definition = types.byType(metadata.type);
    if (definition === undefined) {
      return Object.freeze({ metadata, spec: new OpaqueSpec(protoSpec, yamlSpec) });
    }
    return new ReadResource(metadata, () => definition.fromProto(protoSpec ?? new Uint8Array(0)));
  };
}

/** A property of its own, so that copies of the resource have it too; one getter for all, or each had a hidden class. */
const LATE_SPEC: PropertyDescriptor & ThisType<ReadResource> = {
  enumerable: true,
  get() {
    return this.decoded();
  },
};

/** A resource of a known type, whose content is decoded at the first look. */
class ReadResource implements Resource {
  readonly metadata: Metadata;
  declare readonly spec: unknown;
  readonly #decode: () => unknown;
  #made: { readonly spec: unknown } | undefined;

  constructor(metadata: Metadata, decode: () => unknown) {
    this.metadata = metadata;
    this.#decode = decode;
    Object.defineProperty(this, "spec", LATE_SPEC);
    Object.freeze(this);
  }

  decoded(): unknown {
    this.#made ??= { spec: this.#decode() };
    return this.#made.spec;
  }
}

function invalid(detail: string): StateError {
  return new StateError({ refusal: "invalid-resource", detail });
}
