import { dirname } from "@std/path/posix";

/**
 * Puts a copy of the finished file `from` at `to`, whole or not at all. A copy that is
 * there already, by size and time, is left alone.
 */
export async function publish(from: string, to: string): Promise<void> {
  const wanted = await Deno.stat(from);
  const present = await Deno.lstat(to).catch(() => undefined);
  const same = present?.isFile && present.size === wanted.size &&
    present.mtime?.getTime() === wanted.mtime?.getTime() && present.mode === wanted.mode;
  if (same) return;
  await replaceFile(to, async (unfinished) => {
    await Deno.copyFile(from, unfinished);
    if (wanted.mode !== null) await Deno.chmod(unfinished, wanted.mode & 0o7777);
    if (wanted.mtime) await Deno.utime(unfinished, wanted.mtime, wanted.mtime);
  });
}

/** Lets `write` make a new file beside `to`, then renames it there. */
export async function replaceFile(
  to: string,
  write: (unfinished: string) => Promise<void>,
): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  const unfinished = `${to}.unfinished-${Deno.pid}`;
  try {
    await write(unfinished);
    await Deno.rename(unfinished, to);
  } catch (error) {
    await Deno.remove(unfinished).catch(() => {});
    throw error;
  }
}
