/** Messages out of the bytes of strangers. */
import { Code, ConnectError } from "@connectrpc/connect";
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import type { Pointer } from "../../runtime/core/resource.ts";

/** Text that is no UTF-8 is refused, as proto3 has it. */
const STRICT = true;

/** Reads a message. @throws {ConnectError} `InvalidArgument`: the bytes are none. */
export function decoded<Desc extends DescMessage>(
  descriptor: Desc,
  bytes: Uint8Array,
): MessageShape<Desc> {
  try {
    return fromBinary(descriptor, bytes);
  } catch (error) {
    throw unreadable(descriptor.typeName, error);
  }
}

/**
 * Reads what begins like every request for one resource, as GetRequest does: namespace, type and id are the fields 1
 * to 3. By hand, since nothing is called more often.
 *
 * @throws {ConnectError} `InvalidArgument`.
 */
export function decodedPointer(typeName: string, bytes: Uint8Array): Pointer {
  const pointer = { namespace: "", type: "", id: "" };
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field < 1 || field > 3 || wireType !== WireType.LengthDelimited) {
        reader.skip(wireType, field);
      } else if (field === 1) pointer.namespace = reader.string(STRICT);
      else if (field === 2) pointer.type = reader.string(STRICT);
      else pointer.id = reader.string(STRICT);
    }
    return pointer;
  } catch (error) {
    throw unreadable(typeName, error);
  }
}

function unreadable(typeName: string, error: unknown): ConnectError {
  const why = error instanceof Error ? error.message : String(error);
  const detail = `the message is no ${typeName}: ${why}`;
  return new ConnectError(detail, Code.InvalidArgument, undefined, undefined, error);
}
