/** The second archive of an initramfs, which holds what the machine verifies: where its files are, to spoil them. */

/** Bytes of a header in the "newc" format, and of its magic. */
const HEADER_BYTES = 110;
const MAGIC = "070701";

/** Where a content is in the initramfs. */
export interface PayloadFile {
  readonly offset: number;
  readonly size: number;
}

/** The files of the payload, and where the payload itself begins. */
export interface Payload {
  readonly offset: number;
  readonly files: ReadonlyMap<string, PayloadFile>;
}

/** Finds them. @throws There is no payload that begins with the manifest. */
export function findPayload(initramfs: Uint8Array): Payload {
  const text = new TextDecoder("latin1").decode(initramfs);
  const offset = text.lastIndexOf("manifest.json\0") - HEADER_BYTES;
  if (!text.startsWith(MAGIC, offset)) throw new Error("Cannot find the payload's first header");
  const files = new Map<string, PayloadFile>();
  for (let at = offset;;) {
    const field = (index: number): number => parseInt(text.substr(at + 6 + index * 8, 8), 16);
    const [size, nameBytes] = [field(6), field(11)];
    const name = text.slice(at + HEADER_BYTES, at + HEADER_BYTES + nameBytes - 1);
    if (name === "TRAILER!!!") return { offset, files };
    const content = padded(at + HEADER_BYTES + nameBytes - offset) + offset;
    files.set(name, { offset: content, size });
    at = padded(content + size - offset) + offset;
  }
}

function padded(bytes: number): number {
  return bytes + (4 - bytes % 4) % 4;
}
