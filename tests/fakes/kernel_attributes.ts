/** What {@linkcode FakeKernel} tells of extended attributes. */
import { XATTR } from "../../fs/kernel/constants.ts";
import {
  ATTRIBUTES_BYTES_MAX,
  type ExtendedAttribute,
  LABEL_ATTRIBUTE,
} from "../../fs/kernel/extended_attribute.ts";
import { SyscallError } from "../../fs/kernel/syscall_error.ts";
import type { Inode } from "./kernel_tree.ts";

/**
 * Attributes of an inode, as many as fit, the label first.
 *
 * @param ask Throws what the test has the kernel refuse: of `listxattr` by the path, of `getxattr` by the attribute.
 */
export function attributesOf(
  inode: Inode,
  path: string,
  ask: (call: string, subject: string) => void,
): readonly ExtendedAttribute[] {
  const listed = namesIn(inode, () => ask("listxattr", path));
  const names = [LABEL_ATTRIBUTE, ...listed.filter((name) => name !== LABEL_ATTRIBUTE)];
  const told: ExtendedAttribute[] = [];
  let bytes = 0;
  for (const name of names) {
    const data = inode.attributes.get(name);
    if (data === undefined || isRefused(() => ask("getxattr", name))) continue;
    bytes += byteLength(name) + data.length;
    if (bytes > ATTRIBUTES_BYTES_MAX) break;
    told.push({ name, data: data.slice() });
  }
  return told;
}

/** None where they may not be listed, or are more than Linux lists. */
function namesIn({ attributes }: Inode, ask: () => void): readonly string[] {
  const names = [...attributes.keys()];
  const bytes = names.reduce((sum, name) => sum + byteLength(name) + 1, 0);
  return bytes > XATTR.LIST_MAX || isRefused(ask) ? [] : names;
}

function isRefused(ask: () => void): boolean {
  try {
    ask();
    return false;
  } catch (error) {
    if (error instanceof SyscallError) return true;
    throw error;
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
