/** What a squashfs holds, by the host's own unsquashfs. */
import { treeDigests } from "./tree_digests.ts";

/**
 * SHA-256 of each regular file of `image`, by absolute path. `folder` takes the unpacked tree.
 *
 * @param options `tolerant` takes what can be unpacked of a damaged image.
 */
export async function squashfsDigests(
  image: string,
  folder: string,
  options: { readonly tolerant?: boolean } = {},
): Promise<Record<string, string>> {
  const root = await unpackSquashfs(image, folder, options);
  return await treeDigests(root, (path) => LAID_OVER.has(path));
}

/**
 * Unpacks `image` into a folder in `folder`, in place of what was unpacked there before.
 *
 * @param options `tolerant` takes what can be unpacked of a damaged image.
 * @returns Its root.
 */
export async function unpackSquashfs(
  image: string,
  folder: string,
  options: { readonly tolerant?: boolean } = {},
): Promise<string> {
  const root = `${folder}/unsquashed`;
  await Deno.remove(root, { recursive: true }).catch(() => {}); // Of another image.
  const { code, stderr } = await new Deno.Command("unsquashfs", {
    args: ["-n", "-q", "-f", "-d", root, image],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0 && options.tolerant !== true) {
    throw new Error(`Cannot unpack ${image}: ${new TextDecoder().decode(stderr)}`);
  }
  return root;
}

/** Files that another mount lies over in a running machine. */
const LAID_OVER = new Set([
  "/etc/hosts",
  "/etc/hostname",
  "/etc/machine-id",
  "/etc/resolv.conf",
  "/usr/bin/strata",
]);
