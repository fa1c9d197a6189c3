/** Watches of one resource's content, as bytes: by hand, for who knows what it watches and has no time for descriptors. */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Pointer } from "../../runtime/core/resource.ts";
import { type FieldReader, readFields } from "../grpc/message_fields.ts";

/** From here on servers send ERRORED. */
const API_VERSION = 1;

/** Source: cosi/resource/state.proto, EventType. */
const EVENT = { CREATED: 0, UPDATED: 1, DESTROYED: 2, ERRORED: 4 } as const;

/** Where what is watched is called. */
export const WATCH_PATH = "/cosi.resource.State/Watch";

/** What became of the resource. */
export type ContentEvent =
  /** The content, of a protobuf message; undefined where there is no resource. */
  | { readonly content: Uint8Array | undefined }
  /** The watch is over. */
  | { readonly error: string };

/** A `cosi.resource.WatchRequest` for one resource: what there is comes first. */
export function watchRequest({ namespace, type, id }: Pointer): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  for (const [index, text] of [namespace, type, id].entries()) {
    writer.tag(index + 1, WireType.LengthDelimited).string(text);
  }
  return writer.tag(5, WireType.Varint).int32(API_VERSION).finish();
}

/**
 * What a `cosi.resource.WatchResponse` says; the first of a watch says nothing.
 *
 * @throws {Error} The bytes are none.
 */
export function contentEvents(bytes: Uint8Array): readonly ContentEvent[] {
  const events: ContentEvent[] = [];
  readFields(bytes, {
    1: message((event) => {
      const read = contentEvent(event);
      if (read !== undefined) events.push(read);
    }),
  });
  return events;
}

function contentEvent(bytes: Uint8Array): ContentEvent | undefined {
  let kind: number = EVENT.CREATED;
  let error = "it ended with an error that has no words";
  let content: Uint8Array = new Uint8Array(0);
  const spec = message((part) =>
    readFields(part, { 1: message((protoSpec) => void (content = protoSpec)) })
  );
  readFields(bytes, {
    1: message((resource) => readFields(resource, { 2: spec })),
    2: [WireType.Varint, (reader) => void (kind = reader.int32())],
    4: [WireType.LengthDelimited, (reader) => void (error = reader.string())],
  });
  if (kind === EVENT.ERRORED) return { error };
  if (kind === EVENT.DESTROYED) return { content: undefined };
  return kind === EVENT.CREATED || kind === EVENT.UPDATED ? { content } : undefined;
}

/** A field that holds a message, or bytes. */
function message(take: (bytes: Uint8Array) => void): FieldReader {
  return [WireType.LengthDelimited, (reader) => take(reader.bytes())];
}
