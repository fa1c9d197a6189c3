/** Inside a machine: keeps items one after the other, each acknowledged on the console once it is safe. */
import {
  acknowledgement,
  KEPT_DIRECTORIES,
  type KeptItem,
  keptItem,
  type KeptRun,
  losses,
} from "./kept_files.ts";

/** Files beside the kept ones that nothing is promised of; they keep the disk's queue full of what may be lost. */
const NOISE_FILES = 8;

/** What has the kernel write back early, so that a run of seconds sees what else comes after half a minute. */
const EARLY_WRITEBACK: readonly (readonly [string, string])[] = [
  ["/proc/sys/vm/dirty_expire_centisecs", "10"],
  ["/proc/sys/vm/dirty_writeback_centisecs", "10"],
  ["/proc/sys/fs/xfs/xfssyncd_centisecs", "100"],
];

/** From now on what is written goes to the disk soon, asked for or not. */
export async function hastenWriteback(): Promise<void> {
  for (const [path, text] of EARLY_WRITEBACK) {
    await Deno.writeTextFile(path, text, { create: false });
  }
}

/** Keeps the first `items` items of each lane of `run`. */
export async function keepItems(run: number, items: number): Promise<void> {
  await hastenWriteback();
  await Promise.all(KEPT_DIRECTORIES.map(async (directory, lane) => {
    await Deno.mkdir(directory, { recursive: true });
    for (let item = 0; item < items; item++) {
      await makeNoise(directory, `${run} ${item} `, item);
      await keep(directory, keptItem(run, lane, item));
      // Level 1 passes a quiet console; the kernel writes it out before it answers.
      const text = `<1>${acknowledgement(run, lane, item)}\n`;
      await Deno.writeTextFile("/dev/kmsg", text, { create: false });
    }
  }));
}

/** What is lost of `runs` on this machine. */
export function lostItems(runs: readonly KeptRun[]): readonly string[] {
  return losses(runs, (lane, name) => readKept(`${KEPT_DIRECTORIES[lane]}/${name}`));
}

/** The text of a kept file, or undefined where there is none. */
export function readKept(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function keep(directory: string, { form, name, text }: KeptItem): Promise<void> {
  const path = `${directory}/${name}`;
  const target = form === "current" ? `${path}.new` : path;
  const append = form === "journal";
  {
    using file = await Deno.open(target, { create: true, write: true, append, truncate: !append });
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
  }
  if (form === "current") await Deno.rename(target, path);
  using above = await Deno.open(directory, { read: true });
  await above.sync();
}

async function makeNoise(directory: string, text: string, item: number): Promise<void> {
  const path = `${directory}/noise-${item % NOISE_FILES}`;
  await Deno.writeTextFile(path, text.repeat(item * 613 % 5000));
  if (item % 5 === 4) await Deno.remove(path);
}
