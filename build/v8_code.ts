/**
 * What V8 makes of a module, as far as the build has to know it.
 *
 * It begins with numbers of 32 bits, little-endian: a magic one, hashes of V8's version, of the module's length and kind
 * and of V8's flags, a checksum of what V8 shares between heaps, and the length and a checksum of what follows. V8 takes it
 * only where all of them are its own. Source: V8 14, src/snapshot/code-serializer.h, `SerializedCodeData`.
 */
import { BuildError } from "./build_error.ts";

const MAGIC_HIGH = 0xc0de;
const FLAGS_AT = 12;
/** Of the numbers that name what V8 takes it; behind them are those of the bytes. */
const NAMING_BYTES = 20;

/**
 * Code as `eager` has it, named as made by the flags that made `lazy`: both are of one module and one V8, which compiled
 * its functions at once here and one by one there, and whose other flags were the same.
 *
 * @throws {BuildError} They differ in more than their flags, or are not what V8 makes.
 */
export function withFlagsOf(
  lazy: Uint8Array,
  eager: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const [ours, theirs] = [naming(eager), naming(lazy)];
  const code = eager.slice();
  new DataView(code.buffer).setUint32(FLAGS_AT, theirs.getUint32(FLAGS_AT, true), true);
  for (let at = 0; at < NAMING_BYTES; at += 4) {
    if (at === FLAGS_AT || ours.getUint32(at, true) === theirs.getUint32(at, true)) continue;
    throw new BuildError(`Cannot keep code of V8: number ${at / 4} of its head is another one`);
  }
  return code;
}

function naming(code: Uint8Array): DataView {
  const view = new DataView(code.buffer, code.byteOffset, Math.min(code.length, NAMING_BYTES));
  if (view.byteLength === NAMING_BYTES && view.getUint16(2, true) === MAGIC_HIGH) return view;
  throw new BuildError("Cannot keep code of V8: its head is not the one that was known");
}
