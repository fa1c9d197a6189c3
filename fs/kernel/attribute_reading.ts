/** Extended attributes of what is open, if only by name. */
import { XATTR } from "./constants.ts";
import type { Descriptor } from "./descriptor.ts";
import { ERRNO } from "./errno.ts";
import {
  ATTRIBUTES_BYTES_MAX,
  type ExtendedAttribute,
  LABEL_ATTRIBUTE,
} from "./extended_attribute.ts";
import { cstr, type Libc, textOf } from "./libc.ts";

/** Bytes asked for at first: most files have no attribute, or a label. */
const FEW_BYTES = 256;

/** Attributes of an open file, link or node, as many as fit. What is refused of them is left out. */
export function extendedAttributes(libc: Libc, file: Descriptor): ExtendedAttribute[] {
  // This name leads to the file itself, a link too; flistxattr(2) takes nothing that is open by name only.
  const path = cstr(`/proc/self/fd/${file.fd}`);
  const attributes: ExtendedAttribute[] = [];
  let room = ATTRIBUTES_BYTES_MAX;
  for (const name of attributeNames(libc, path)) {
    const data = filled(
      libc,
      XATTR.SIZE_MAX,
      (buffer) => libc.call.getxattr(path, name, buffer, BigInt(buffer.length)),
    );
    if (data === undefined) continue;
    room -= name.length - 1 + data.length;
    if (room < 0) break;
    attributes.push({ name: textOf(name), data });
  }
  return attributes;
}

/** Names as C strings, the label's first. */
function attributeNames(
  libc: Libc,
  path: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer>[] {
  const names = [cstr(LABEL_ATTRIBUTE)];
  const list = filled(
    libc,
    XATTR.LIST_MAX,
    (buffer) => libc.call.listxattr(path, buffer, BigInt(buffer.length)),
  );
  if (list === undefined) return names;
  for (let at = 0; at < list.length;) {
    const end = list.indexOf(0, at) + 1;
    const name = list.subarray(at, end);
    if (textOf(name) !== LABEL_ATTRIBUTE) names.push(name);
    at = end;
  }
  return names;
}

/**
 * What `ask` puts into a small buffer or, where that does not hold it, into one of `max` bytes.
 *
 * @param ask Answers how many bytes it put there, or −1.
 * @returns Undefined where it is refused.
 */
function filled(
  libc: Libc,
  max: number,
  ask: (buffer: Uint8Array<ArrayBuffer>) => bigint,
): Uint8Array<ArrayBuffer> | undefined {
  for (const size of [FEW_BYTES, max]) {
    const buffer = new Uint8Array(size);
    const count = ask(buffer);
    if (count >= 0n) return buffer.slice(0, Number(count));
    if (libc.errno() !== ERRNO.ERANGE) return undefined;
  }
  return undefined;
}
