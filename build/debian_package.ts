import { join } from "@std/path/posix";
import { BuildError } from "./build_error.ts";
import { findTool } from "./host_tools.ts";
import { finish, run } from "./process.ts";
import type { Workshop } from "./workshop.ts";

/** A package as the archive has it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** What is looked for in the archive. */
export interface PackageQuestion {
  /** Lower-case word: results are kept by it, see `CacheRequest`. */
  readonly step: string;
  /** What the answer depends on besides the lists of apt. */
  readonly words: readonly string[];
  /** Asks apt; undefined where the archive lacks something. */
  readonly ask: () => Promise<readonly DebianPackage[] | undefined>;
  /** What to say where it is lacking even in new lists: the end of a sentence. */
  readonly lacking: string;
  /** What to do instead. */
  readonly instead: string;
}

/**
 * What the archive has. Asks apt again only when its lists changed, since that takes longer than all else in a second
 * build; where something is missing, once more with new lists.
 *
 * @throws {BuildError} There is no apt, or the archive lacks it.
 */
export async function findPackages(
  workshop: Workshop,
  question: PackageQuestion,
): Promise<readonly DebianPackage[]> {
  if ((await findTool("apt-get")) === undefined) {
    throw new BuildError(`${question.lacking}: this is not Debian or Ubuntu; ${question.instead}`);
  }
  const lists = await Deno.stat("/var/lib/apt/lists").catch(() => undefined);
  const entry = await workshop.cache.entry({
    step: question.step,
    inputs: [...question.words, String(lists?.mtime?.getTime() ?? 0)],
    make: async (directory) => {
      const found = await askTwice(workshop, question);
      const lines = found.map(({ name, version, sha256 }) => `${name}\n${version}\n${sha256}\n`);
      await Deno.writeTextFile(join(directory, "candidate"), lines.join(""));
    },
  });
  const words = (await Deno.readTextFile(join(entry.path, "candidate"))).trimEnd().split("\n");
  return Array.from({ length: words.length / 3 }, (_, index) => {
    const [name = "", version = "", sha256 = ""] = words.slice(index * 3, index * 3 + 3);
    return { name, version, sha256 };
  });
}

async function askTwice(
  workshop: Workshop,
  { ask, lacking, instead }: PackageQuestion,
): Promise<readonly DebianPackage[]> {
  const known = await ask();
  if (known !== undefined) return known;
  if (Deno.uid() === 0) {
    await finish("apt-get", { args: ["update", "-qq"], signal: workshop.signal });
    const updated = await ask();
    if (updated !== undefined) return updated;
  }
  const hint = Deno.uid() === 0 ? "" : "run sudo apt-get update, or ";
  throw new BuildError(`${lacking}; ${hint}${instead}`);
}

/** The package of that name; undefined where there is none. */
export async function packageNow(
  name: string,
  signal: AbortSignal,
): Promise<DebianPackage | undefined> {
  const show = await finish("apt-cache", { args: ["show", "--no-all-versions", name], signal });
  const version = /^Version: (\S+)$/m.exec(show.stdout)?.[1];
  const sha256 = /^SHA256: ([0-9a-f]{64})$/m.exec(show.stdout)?.[1];
  return version === undefined || sha256 === undefined ? undefined : { name, version, sha256 };
}

/**
 * Downloads a package and unpacks it to `directory`/tree, over what is there. Nothing of it is installed on this host.
 *
 * @param directory Holds no other archive.
 */
export async function unpackPackage(
  { name, version }: DebianPackage,
  { directory, signal }: { readonly directory: string; readonly signal: AbortSignal },
): Promise<void> {
  const archives = join(directory, "archives");
  await Deno.mkdir(archives);
  await run("apt-get", { args: ["download", "-qq", `${name}=${version}`], cwd: archives, signal });
  const archive = await onlyFile(archives);
  await run("dpkg-deb", { args: ["-x", archive, "../tree"], cwd: archives, signal });
  await Deno.remove(archives, { recursive: true });
}

/** The one name in a directory. @throws {BuildError} There are none, or more. */
export async function onlyFile(directory: string): Promise<string> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(directory)) names.push(name);
  const [only] = names;
  if (only === undefined || names.length !== 1) {
    throw new BuildError(`Cannot unpack: ${names.length} entries in "${directory}", not 1`);
  }
  return only;
}
