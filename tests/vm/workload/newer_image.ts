/** The image with the workloads as its next version has it: what an upgrade boots. */
import { cacheDirectory, directoryCache } from "../../../build/cache.ts";
import { buildImage } from "../../../build/image.ts";
import { openWorkshop } from "../../../build/workshop.ts";

/** Milliseconds it may take: nearly all of it is in the cache, since the image itself was built. */
const BUILD_MS_MAX = 120_000;

/** Builds it in `directory`, under that version; all of its files are a second newer. */
export async function buildNewerImage(directory: string, version: string): Promise<void> {
  const workshop = await openWorkshop(Deno.cwd(), {
    cache: directoryCache(cacheDirectory((name) => Deno.env.get(name))),
    progress: { line: () => {}, step: async (_, work) => await work(() => {}) },
    signal: AbortSignal.timeout(BUILD_MS_MAX),
  });
  const newer = { ...workshop, version, sourceDateEpoch: workshop.sourceDateEpoch + 1 };
  await buildImage(newer, { flavour: "workload", directory });
}
