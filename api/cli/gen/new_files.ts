/** Files that a command makes: all of them or none, and nothing that is there is lost unasked. */
import { CommandError, EXIT } from "../../client/command_error.ts";
// @ts-types="types/std_path_posix.d.ts"
import { dirname } from "@std/path/posix";

/** A file to be. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
  /** Permission bits, whatever the umask takes away from them. */
  readonly mode: number;
}

/**
 * Writes files, their folders made where they are missing, mode 0700.
 *
 * @throws {CommandError} `refused`: one is there, and `replace` does not say that it may go; nothing is written.
 */
export async function writeNewFiles(
  files: readonly NewFile[],
  { replace }: { readonly replace: boolean },
): Promise<void> {
  const there = replace ? [] : await Promise.all(files.map(({ path }) => exists(path)));
  const taken = files.filter((_, index) => there[index] === true).map(({ path }) => path);
  if (taken.length > 0) throw isThere(taken.join(", "));
  const made: { readonly from: string; readonly path: string }[] = [];
  try {
    for (const file of files) {
      await Deno.mkdir(dirname(file.path), { recursive: true, mode: 0o700 });
      const from = `${file.path}.${crypto.randomUUID()}`;
      made.push({ from, path: file.path });
      await writeWhole(from, file);
    }
    for (const { from, path } of made) {
      if (replace) await Deno.rename(from, path);
      else await placeNew(from, path);
    }
  } finally {
    // What was renamed is not there any more.
    await Promise.all(made.map(({ from }) => Deno.remove(from).catch(() => {})));
  }
}

async function writeWhole(path: string, { text, mode }: NewFile): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(text);
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
  await file.sync();
  await Deno.chmod(path, mode);
}

/** A link is made only where nothing is, unlike a new name. */
async function placeNew(from: string, path: string): Promise<void> {
  try {
    await Deno.link(from, path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw isThere(path);
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function isThere(paths: string): CommandError {
  return new CommandError(
    EXIT.refused,
    `${paths} is there already: choose another --out, or --force`,
  );
}
