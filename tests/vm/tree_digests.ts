/** SHA-256 of every file of a tree: whoever asks for it has read every byte. */

/**
 * Digests of the regular files below `root`, by path as seen from it. Other file systems are not entered.
 *
 * @param skip Says which paths are left out.
 */
export async function treeDigests(
  root: string,
  skip: (path: string) => boolean,
): Promise<Record<string, string>> {
  const { dev } = await Deno.lstat(root);
  const base = root === "/" ? "" : root;
  const digests: Record<string, string> = {};
  const open = [""];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    for await (const entry of Deno.readDir(`${base}${directory}` || "/")) {
      const path = `${directory}/${entry.name}`;
      const status = await Deno.lstat(`${base}${path}`);
      if (status.dev !== dev || skip(path)) continue;
      if (status.isDirectory) open.push(path);
      if (!status.isFile) continue;
      const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${base}${path}`));
      digests[path] = new Uint8Array(digest).toHex();
    }
  }
  return digests;
}
