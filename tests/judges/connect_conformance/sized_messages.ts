/** How the judge speaks with the programs it starts: messages on a pipe, each behind four bytes of its length. */
import {
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { create, toBinary } from "@bufbuild/protobuf";

const LENGTH_BYTES = 4;

/** Messages that the judge writes, until it closes the pipe. */
export async function* readMessages<Desc extends DescMessage>(
  descriptor: Desc,
  source: ReadableStream<Uint8Array>,
): AsyncGenerator<MessageShape<Desc>> {
  let held = new Uint8Array(0);
  for await (const piece of source) {
    held = Uint8Array.from([...held, ...piece]);
    while (held.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + new DataView(held.buffer, held.byteOffset).getUint32(0);
      if (held.length < end) break;
      yield fromBinary(descriptor, held.subarray(LENGTH_BYTES, end));
      held = held.slice(end);
    }
  }
}

/** Writes a message to the judge. */
export async function writeMessage<Desc extends DescMessage>(
  descriptor: Desc,
  init: MessageInitShape<Desc>,
): Promise<void> {
  const message = toBinary<DescMessage>(descriptor, create<DescMessage>(descriptor, init));
  const bytes = new Uint8Array(LENGTH_BYTES + message.length);
  new DataView(bytes.buffer).setUint32(0, message.length);
  bytes.set(message, LENGTH_BYTES);
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}
