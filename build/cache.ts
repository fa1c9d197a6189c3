import { join } from "@std/path/posix";
import { digestOf } from "./digest.ts";

/** Entries of one step kept: the last few branches and the test image, not a history. */
const ENTRIES_MAX = 4;

/** An entry used within this time stays, since another build may hold its path. */
const IN_USE_MS = 600_000;

/** The result of a step: a directory that is complete and never changes. */
export interface CacheEntry {
  readonly path: string;
  /** Names the inputs; what is made from this entry takes it as an input of its own. */
  readonly key: string;
  readonly reused: boolean;
}

/** A step to do unless it was done before with the same inputs. */
export interface CacheRequest {
  /** Lower-case word; the entry's name begins with it. */
  readonly step: string;
  readonly inputs: readonly string[];
  /** Fills an empty directory. Never sees a directory that was tried before. */
  readonly make: (directory: string) => Promise<void>;
}

/** Results of build steps on disk, by the SHA-256 of their inputs. */
export interface Cache {
  readonly directory: string;
  /**
   * The entry of `request`, made when it is not there. It is made under another name
   * and renamed, so an interrupted step leaves no entry.
   */
  entry(request: CacheRequest): Promise<CacheEntry>;
  /** Removes all entries, and nothing else that may be in the directory. */
  clear(): Promise<void>;
}

/** The names of entries, finished or not: what this file may remove. */
const ENTRY_NAME = /^(unfinished-[a-z-]+-[0-9A-Za-z]+|[a-z-]+-[0-9a-f]{32})$/;

/** A cache in `directory`, which is made when first needed. */
export function directoryCache(directory: string): Cache {
  return {
    directory,
    async entry({ step, inputs, make }) {
      const key = digestOf([step, ...inputs]);
      const path = join(directory, `${step}-${key.slice(0, 32)}`);
      if (await touch(path)) return { path, key, reused: true };

      await Deno.mkdir(directory, { recursive: true, mode: 0o755 });
      await prune(directory, step);
      const unfinished = await Deno.makeTempDir({ dir: directory, prefix: `unfinished-${step}-` });
      try {
        await make(unfinished);
        await Deno.chmod(unfinished, 0o755);
        await rename(unfinished, path);
      } catch (error) {
        await Deno.remove(unfinished, { recursive: true }).catch(() => {});
        throw error;
      }
      return { path, key, reused: false };
    },

    async clear() {
      const entries = await Array.fromAsync(Deno.readDir(directory)).catch(() => []);
      for (const { name } of entries) {
        if (ENTRY_NAME.test(name)) await Deno.remove(join(directory, name), { recursive: true });
      }
    },
  };
}

/** Where the cache is: `STRATA_CACHE`, else `$XDG_CACHE_HOME/strata`, else `~/.cache/strata`. */
export function cacheDirectory(env: (name: string) => string | undefined): string {
  const own = env("STRATA_CACHE");
  if (own) return own;
  const xdg = env("XDG_CACHE_HOME");
  if (xdg) return join(xdg, "strata");
  return join(env("HOME") ?? "/root", ".cache", "strata");
}

async function touch(path: string): Promise<boolean> {
  try {
    const now = new Date();
    await Deno.utime(path, now, now);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Two builds may make the same entry at once: the first to finish wins, both are the same. */
async function rename(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!(await touch(to))) throw error;
    await Deno.remove(from, { recursive: true });
  }
}

/** Removes what a killed build left, and the oldest entries of `step` beyond the bound. */
async function prune(directory: string, step: string): Promise<void> {
  const old: { path: string; usedMs: number }[] = [];
  const now = Date.now();
  for await (const { name } of Deno.readDir(directory)) {
    const path = join(directory, name);
    const unfinished = name.startsWith("unfinished-");
    if (!unfinished && !new RegExp(`^${step}-[0-9a-f]{32}$`).test(name)) continue;
    const usedMs = (await Deno.stat(path)).mtime?.getTime() ?? now;
    if (now - usedMs < IN_USE_MS) continue;
    if (unfinished) await Deno.remove(path, { recursive: true });
    else old.push({ path, usedMs });
  }
  old.sort((a, b) => b.usedMs - a.usedMs);
  for (const { path } of old.slice(ENTRIES_MAX - 1)) await Deno.remove(path, { recursive: true });
}
