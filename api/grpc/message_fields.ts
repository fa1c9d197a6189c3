/** Messages of protobuf read by hand, where a descriptor would cost more than it gives. */
import { BinaryReader, type WireType } from "@bufbuild/protobuf/wire";

/** How a field is encoded, and who takes its value: the reader stands behind the tag. */
export type FieldReader = readonly [WireType, (reader: BinaryReader) => void];

/**
 * Hands every field out that somebody takes, in the order of the bytes: a field that comes twice is taken twice. Others
 * are passed over, as are those of another encoding.
 *
 * @throws {Error} The bytes are no message.
 */
export function readFields(
  bytes: Uint8Array,
  takers: Readonly<Record<number, FieldReader>>,
): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, encoding] = reader.tag();
    const taker = takers[number];
    if (taker === undefined || taker[0] !== encoding) reader.skip(encoding, number);
    else taker[1](reader);
  }
}
