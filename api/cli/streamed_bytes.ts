/** Bytes of a machine as they come. */
import { CommandError, EXIT } from "../client/command_error.ts";
import { escapeLines } from "./escape.ts";
import type { Output } from "./output.ts";
import type { Data } from "../../proto/gen/common/common_pb.ts";

/** Prints pieces: byte for byte into a pipe or file, with control characters escaped on a terminal. */
export async function printBytes(
  out: Output,
  pieces: AsyncIterable<Pick<Data, "bytes" | "metadata">>,
): Promise<void> {
  // Bytes that are no UTF-8 become U+FFFD; one decoder for all pieces, since a character may lie across two.
  const decoder = new TextDecoder();
  for await (const { bytes, metadata } of pieces) {
    if (metadata?.error) throw new CommandError(EXIT.failed, metadata.error);
    if (out.isTerminal) await out.text(escapeLines(decoder.decode(bytes, { stream: true })));
    else await out.bytes(bytes);
  }
  if (out.isTerminal) await out.text(escapeLines(decoder.decode()));
}
