/** What a squashfs holds, by the host's own unsquashfs. */

/** SHA-256 of each regular file of `image`, by absolute path. `folder` takes the unpacked tree. */
export async function squashfsDigests(
  image: string,
  folder: string,
): Promise<Record<string, string>> {
  const root = `${folder}/unsquashed`;
  const { code, stderr } = await new Deno.Command("unsquashfs", {
    args: ["-n", "-q", "-f", "-d", root, image],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) throw new Error(`Cannot unpack ${image}: ${new TextDecoder().decode(stderr)}`);
  const digests: Record<string, string> = {};
  const open = [""];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    for (const entry of Deno.readDirSync(`${root}${directory}`)) {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory) open.push(path);
      if (!entry.isFile || LAID_OVER.has(path)) continue;
      const digest = await crypto.subtle.digest("SHA-256", Deno.readFileSync(`${root}${path}`));
      digests[path] = new Uint8Array(digest).toHex();
    }
  }
  return digests;
}

/** Files that another mount lies over in a running machine. */
const LAID_OVER = new Set([
  "/etc/hosts",
  "/etc/hostname",
  "/etc/resolv.conf",
  "/usr/bin/strata",
]);
