/** Resources and events as bytes, made once for all who ask: both are immutable. */
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { MetadataSchema } from "../../proto/gen/cosi/resource/resource_pb.ts";
import type { Resource } from "../../runtime/core/resource.ts";
import type { WatchEvent } from "../../runtime/core/state.ts";
import { encodeMetadata, type ResourceCodec } from "../codec.ts";
import { EVENT_TYPES } from "../state_watch.ts";
import { PREFIX_BYTES, writePrefix } from "./message_frames.ts";

/** Encodes; what it gives is shared by all who ask, and never written to. */
export interface WireBytes {
  /**
   * A framed message whose first field is the resource: the answer of Get, and one of List.
   *
   * @throws {Error} The codec is not ready.
   */
  resourceFrame(resource: Resource): Uint8Array;
  /** A framed message whose first field is the event: one of Watch. @throws {Error} The codec is not ready. */
  eventFrame(event: WatchEvent): Uint8Array;
}

/** Bytes of a tag of a field below 16, and of the longest length. */
const HEAD_BYTES_MAX = 6;

/** Makes the encoder. Nothing is kept alive by having been encoded. */
export function wireBytes(codec: ResourceCodec): WireBytes {
  const resources = new WeakMap<Resource, Uint8Array>();
  const events = new WeakMap<WatchEvent, Uint8Array>();

  function resourceFrame(resource: Resource): Uint8Array {
    const known = resources.get(resource);
    if (known !== undefined) return known;
    const made = framedField(encodeResource(codec, resource));
    resources.set(resource, made);
    return made;
  }

  function encodeEvent(event: WatchEvent): Uint8Array {
    const writer = new BinaryWriter();
    if (event.event !== "errored") {
      writer.tag(1, WireType.LengthDelimited).bytes(fieldOf(resourceFrame(event.resource)));
    }
    const type = EVENT_TYPES[event.event];
    if (type !== 0) writer.tag(2, WireType.Varint).int32(type);
    if (event.event === "updated") {
      writer.tag(3, WireType.LengthDelimited).bytes(fieldOf(resourceFrame(event.old)));
    }
    if (event.event === "errored") {
      writer.tag(4, WireType.LengthDelimited).string(event.error.message);
    }
    const { bookmark } = event;
    if (bookmark !== undefined) writer.tag(5, WireType.LengthDelimited).bytes(bookmark);
    return writer.finish();
  }

  return {
    resourceFrame,
    eventFrame(event) {
      const known = events.get(event);
      if (known !== undefined) return known;
      const made = framedField(encodeEvent(event));
      events.set(event, made);
      return made;
    },
  };
}

/** cosi.resource.Resource. The spec is there even where it is empty. */
function encodeResource(codec: ResourceCodec, resource: Resource): Uint8Array {
  const { protoSpec, yamlSpec } = codec.encodeSpec(resource);
  const metadata = create(MetadataSchema, encodeMetadata(resource.metadata));
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).bytes(toBinary(MetadataSchema, metadata));
  writer.tag(2, WireType.LengthDelimited).fork();
  if (protoSpec !== undefined) writer.tag(1, WireType.LengthDelimited).bytes(protoSpec);
  if (yamlSpec !== "") writer.tag(2, WireType.LengthDelimited).string(yamlSpec);
  writer.join();
  return writer.finish();
}

/** A framed message that has nothing but field 1, which is `field`. */
function framedField(field: Uint8Array): Uint8Array {
  const frame = new Uint8Array(PREFIX_BYTES + HEAD_BYTES_MAX + field.length);
  let at = PREFIX_BYTES;
  frame[at++] = 1 << 3 | WireType.LengthDelimited;
  for (let length = field.length;; length >>>= 7) {
    frame[at++] = length > 127 ? length & 127 | 128 : length;
    if (length <= 127) break;
  }
  frame.set(field, at);
  writePrefix(frame, at + field.length - PREFIX_BYTES);
  return frame.subarray(0, at + field.length);
}

/** The field of {@linkcode framedField}. */
function fieldOf(frame: Uint8Array): Uint8Array {
  let at = PREFIX_BYTES + 1;
  while ((frame[at] ?? 0) > 127) at++;
  return frame.subarray(at + 1);
}
