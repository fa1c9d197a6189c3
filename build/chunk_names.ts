import { join } from "@std/path/posix";

/** What the bundler calls a chunk: a stem, and a hash that holds the paths its sources lay at. */
const HASHED_NAME = /^([\w.-]+)-[0-9A-Z]{8}\.js$/;

/** Chunks named at most: twenty times what a bundle has, against a folder that is none. */
const CHUNKS_MAX = 1_000;

/**
 * Renames the chunks of the bundle in `directory`, whose entry module is `entry`, as
 * `renamedChunks` says.
 *
 * @throws {RangeError} More than 1,000 chunks.
 */
export async function nameChunks(directory: string, entry: string): Promise<void> {
  const texts = await readScripts(directory);
  const renamed = renamedChunks(texts, entry);
  for (const name of texts.keys()) await Deno.remove(join(directory, name));
  for (const [name, text] of renamed) await Deno.writeTextFile(join(directory, name), text);
}

/**
 * The scripts `texts`, by name, each chunk under a name made of its stem and the place at which
 * a walk over imports, breadth first from `entry`, meets it. The bundler's own names hold the
 * paths of the checkout and of the package cache, so that the same sources somewhere else would
 * give another binary.
 */
export function renamedChunks(
  texts: ReadonlyMap<string, string>,
  entry: string,
): ReadonlyMap<string, string> {
  const names = namesByWalk(texts, entry);
  const renamed = new Map<string, string>();
  for (const [name, text] of texts) renamed.set(names.get(name) ?? name, rewritten(text, names));
  return renamed;
}

async function readScripts(directory: string): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for await (const { name } of Deno.readDir(directory)) {
    if (!name.endsWith(".js")) continue;
    if (texts.size >= CHUNKS_MAX) {
      throw new RangeError(`Cannot name more than ${CHUNKS_MAX} chunks in ${directory}`);
    }
    texts.set(name, await Deno.readTextFile(join(directory, name)));
  }
  return texts;
}

/** New names by old ones: a chunk nothing imports keeps its own. */
function namesByWalk(
  texts: ReadonlyMap<string, string>,
  entry: string,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const walk = [entry];
  for (const name of walk) {
    for (const [, imported = ""] of (texts.get(name) ?? "").matchAll(/\.\/([\w.-]+\.js)/g)) {
      const stem = HASHED_NAME.exec(imported)?.[1];
      if (stem === undefined || names.has(imported) || !texts.has(imported)) continue;
      names.set(imported, `${stem}-${names.size + 1}.js`);
      walk.push(imported);
    }
  }
  return names;
}

function rewritten(text: string, names: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\.\/([\w.-]+\.js)/g, (path, name) => {
    const renamed = names.get(name);
    return renamed === undefined ? path : `./${renamed}`;
  });
}
