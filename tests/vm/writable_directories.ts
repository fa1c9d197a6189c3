/** Which directories of a running machine take a new file: found by trying every one. */

/** Directories that are tried: a machine has some ten thousand, most of them in /sys. */
const DIRECTORIES_MAX = 100_000;

/** What the file is called that is made, and removed again. */
const TRIED_NAME = ".strata-probe-writable";

/** What was found. */
export interface WritableDirectories {
  /** How many were tried. */
  readonly tried: number;
  /** Those that took a file. */
  readonly writable: readonly string[];
}

/**
 * Tries every directory below `root`, over all mounts. Of processes only this one is looked at: the others come and go,
 * and have the same files.
 *
 * @throws {RangeError} There are more than {@linkcode DIRECTORIES_MAX}.
 */
export async function writableDirectories(root: string): Promise<WritableDirectories> {
  const writable: string[] = [];
  const open = [root];
  let tried = 0;
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (++tried > DIRECTORIES_MAX) throw new RangeError(`more than ${DIRECTORIES_MAX} directories`);
    if (await takesFile(path)) writable.push(path);
    open.push(...await directoriesIn(path));
  }
  return { tried, writable: writable.sort() };
}

async function takesFile(directory: string): Promise<boolean> {
  const path = `${directory === "/" ? "" : directory}/${TRIED_NAME}`;
  try {
    (await Deno.open(path, { write: true, createNew: true })).close();
  } catch {
    return false;
  }
  await Deno.remove(path);
  return true;
}

async function directoriesIn(path: string): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      const isOther = path === "/proc" && /^\d+$/.test(name) && name !== "1";
      if (isDirectory && !isOther) found.push(`${path === "/" ? "" : path}/${name}`);
    }
  } catch {
    // Gone meanwhile, or not to be listed: then nothing below it can be reached either.
  }
  return found;
}
