/** Calls of gRPC whose messages are JSON, as the methods know messages: framed protobuf. */
import { Code, ConnectError } from "@connectrpc/connect";
import {
  createRegistry,
  type DescMethod,
  type DescService,
  fromBinary,
  fromJsonString,
  type Registry,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { JsonShape } from "../json_shape.ts";
import { MESSAGE_BYTES_MAX } from "../limits.ts";
import { frameOf, PREFIX_BYTES } from "./message_frames.ts";

/** The messages of one method. */
export interface JsonMessages {
  /** A request as protobuf. @throws {ConnectError} `InvalidArgument`: it is none. */
  read(message: Uint8Array): Uint8Array;
  /** A framed answer as framed JSON. @throws {ConnectError} `ResourceExhausted`: it is longer as JSON than answers may be. */
  write(frame: Uint8Array): Uint8Array;
}

/** Those of all methods, by path. */
export function jsonMessages(
  services: readonly DescService[],
): ReadonlyMap<string, JsonMessages> {
  const registry = messageRegistry(services);
  return new Map(
    services.flatMap(({ typeName, methods }) =>
      methods.map((method) => [`/${typeName}/${method.name}`, messagesOf(method, registry)])
    ),
  );
}

/** What may be within an Any of these services. */
export function messageRegistry(services: readonly DescService[]): Registry {
  return createRegistry(...new Set(services.map(({ file }) => file)));
}

function messagesOf({ input, output }: DescMethod, registry: Registry): JsonMessages {
  return {
    read(message) {
      const fault = new JsonShape().take(message, 0, message.length);
      if (fault !== undefined) throw new ConnectError(fault, Code.InvalidArgument);
      try {
        const text = new TextDecoder("utf-8", { fatal: true }).decode(message);
        // As the library has it for Connect: who knows more fields than we do may still ask.
        const options = { ignoreUnknownFields: true, registry };
        return toBinary(input, fromJsonString(input, text, options));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const detail = `the message is no ${input.typeName} in JSON: ${why}`;
        throw new ConnectError(detail, Code.InvalidArgument, undefined, undefined, error);
      }
    },
    write(frame) {
      const message = fromBinary(output, frame.subarray(PREFIX_BYTES));
      const text = new TextEncoder().encode(toJsonString(output, message, { registry }));
      if (text.length <= MESSAGE_BYTES_MAX) return frameOf(text);
      const detail =
        `the answer has ${text.length} bytes as JSON, and may have ${MESSAGE_BYTES_MAX}`;
      throw new ConnectError(detail, Code.ResourceExhausted);
    },
  };
}
