import { createHash } from "node:crypto";

/**
 * SHA-256, in hex, of a list of texts. Each is framed by its length, so that
 * `["ab", "c"]` and `["a", "bc"]` differ.
 */
export function digestOf(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

/** SHA-256, in hex, of bytes. */
export function digestBytes(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** SHA-256, in hex, of a file's content, read in pieces. @throws {Deno.errors.NotFound} */
export async function digestFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const piece = new Uint8Array(1 << 20);
  for (;;) {
    const read = await file.read(piece);
    if (read === null) return hash.digest("hex");
    hash.update(piece.subarray(0, read));
  }
}
