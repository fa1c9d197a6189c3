import { basename, join } from "@std/path/posix";
import { type Binary, reuse } from "./binary.ts";
import type { CodeCache } from "./code_cache.ts";
import { cpioArchive, type CpioEntry } from "./cpio.ts";
import { digestFile } from "./digest.ts";
import { firstStage } from "./first_stage.ts";
import { toolPath } from "./host_tools.ts";
import type { LinuxImage } from "./linux_image.ts";
import {
  FIRST_MODULES,
  moduleIndex,
  type ModuleSet,
  selectModules,
  unpackedName,
  unpackModules,
} from "./linux_modules.ts";
import { run } from "./process.ts";
import { humanBytes } from "./progress.ts";
import type { SealedRoot } from "./sealed_root.ts";
import type { Workshop } from "./workshop.ts";
import { CODE_CACHE } from "../fs/code_cache_paths.ts";
import { IMAGE_FILES } from "../fs/manifest.ts";
import { publicKeyPem } from "../fs/manifest_signature.ts";

/** What the first root file system is made of. */
export interface InitramfsRequest {
  readonly binary: Binary;
  readonly code: CodeCache;
  readonly linux: LinuxImage;
  readonly root: SealedRoot;
  readonly libraries: readonly string[];
}

/**
 * Packs the initramfs: two archives, one behind the other. The first is compressed: agent,
 * libraries, the modules the root needs, the public key. The second is not, since it holds what is
 * packed already: the squashfs with its hash tree and signed manifest. So of an image that was cut
 * off or damaged in the second, there is still an agent that can say so.
 *
 * @returns Its path.
 */
export async function packInitramfs(
  workshop: Workshop,
  request: InitramfsRequest,
): Promise<string> {
  return await workshop.progress.step("initramfs", async (note) => {
    const { linux, binary, code, libraries, root } = request;
    const set = selectModules(await moduleIndex(linux), FIRST_MODULES);
    const digests: string[] = [];
    for (const path of libraries) digests.push(path, await digestFile(path));
    const time = String(workshop.sourceDateEpoch);
    const entry = await workshop.cache.entry({
      step: "initramfs",
      inputs: [workshop.recipe, binary.key, code.key, linux.key, root.key, time, ...digests],
      make: (directory) => pack(workshop, { ...request, set, directory }),
    });
    const path = join(entry.path, "initramfs");
    note(reuse(entry, humanBytes((await Deno.stat(path)).size)));
    return path;
  });
}

async function pack(
  workshop: Workshop,
  from: InitramfsRequest & { readonly set: ModuleSet; readonly directory: string },
): Promise<void> {
  const { sourceDateEpoch, signal } = workshop;
  const { set, linux, directory } = from;
  const modules = join(directory, "modules");
  await unpackModules(linux, { set, directory: modules, signal });

  const base = join(directory, "base.cpio");
  await writeArchive(base, cpioArchive(await baseEntries({ ...from, modules }), sourceDateEpoch));
  const initramfs = join(directory, "initramfs");
  await compressArchive(base, { to: initramfs, signal });
  await Deno.remove(base);
  await Deno.remove(modules, { recursive: true });

  const payload = [await fileEntry(from.root.squashfs, sealed(IMAGE_FILES.squashfs))];
  for (const name of [IMAGE_FILES.hashTree, IMAGE_FILES.manifest, IMAGE_FILES.signature]) {
    payload.push(await fileEntry(join(from.root.path, name), sealed(name)));
  }
  await appendArchive(initramfs, cpioArchive(payload, sourceDateEpoch));
}

function sealed(path: string): { readonly path: string; readonly mode: number } {
  return { path, mode: 0o444 };
}

async function baseEntries(
  from: InitramfsRequest & { readonly set: ModuleSet; readonly modules: string },
): Promise<readonly CpioEntry[]> {
  const modulesAt = `lib/modules/${from.linux.release}`;
  const entries: CpioEntry[] = [
    ...bareEntries(AGENT),
    { path: "init", mode: 0o755, kind: "file", content: firstStageOf(from.set, modulesAt) },
    await fileEntry(from.binary.path, { path: AGENT, mode: 0o755 }),
    await fileEntry(from.code.of.machine, { path: CODE_CACHE.slice(1), mode: 0o444 }),
    {
      path: `${modulesAt}/modules.dep`,
      mode: 0o644,
      kind: "file",
      content: new TextEncoder().encode(from.set.dependencies),
    },
    {
      path: SIGNING_KEY,
      mode: 0o444,
      kind: "file",
      content: new TextEncoder().encode(publicKeyPem(from.root.manifest.signer.publicKey)),
    },
  ];
  for (const library of from.libraries) {
    entries.push(await fileEntry(library, { path: library.slice(1), mode: 0o755 }));
  }
  for (const file of from.set.files.map(unpackedName)) {
    const path = `${modulesAt}/${file}`;
    entries.push(await fileEntry(join(from.modules, basename(file)), { path, mode: 0o644 }));
  }
  return entries;
}

function firstStageOf(set: ModuleSet, modulesAt: string): Uint8Array<ArrayBuffer> {
  const modules = set.files.map((file) => `/${modulesAt}/${unpackedName(file)}`);
  return firstStage({ agent: `/${AGENT}`, modules });
}

/** The agent's place; the machine finds itself there by /proc/self/exe. */
const AGENT = "strata";

/** The public key's place: what is here makes the agent the machine's init. */
const SIGNING_KEY = "signing.pub";

/** What is there before anything is mounted, for a compiled program at `/<program>`. */
export function bareEntries(program: string): readonly CpioEntry[] {
  return [
    { path: "dev/console", mode: 0o600, kind: "character", major: 5, minor: 1 },
    { path: "dev/null", mode: 0o666, kind: "character", major: 1, minor: 3 },
    // It reads this before its first line, and the real /proc is not there yet.
    { path: "proc/self/exe", mode: 0o777, kind: "symlink", target: `/${program}` },
    { path: "sys", mode: 0o755, kind: "directory" },
    { path: "run", mode: 0o755, kind: "directory" },
    { path: "tmp", mode: 0o1777, kind: "directory" },
  ];
}

/** An entry with the content of a file of the host. */
export async function fileEntry(
  from: string,
  to: { readonly path: string; readonly mode: number },
): Promise<CpioEntry> {
  return { ...to, kind: "file", content: await Deno.readFile(from) };
}

/** Writes an archive as a file. */
export async function writeArchive(to: string, archive: Iterable<Uint8Array>): Promise<void> {
  using file = await Deno.open(to, { write: true, createNew: true });
  await writePieces(file, archive);
}

/**
 * Compresses `from` into `to` in LZ4's legacy format, which the kernel unpacks: under
 * emulation a zstd initramfs boots slower, though it is smaller (ARCHITECTURE, decisions).
 */
export async function compressArchive(
  from: string,
  options: { readonly to: string; readonly signal: AbortSignal },
): Promise<void> {
  const args = ["-l", "-9", "-q", "-f", from, options.to];
  await run(await toolPath("lz4"), { args, signal: options.signal });
}

/** The kernel takes four NULs, on a boundary of four, as the end of an LZ4 archive. */
export async function appendArchive(to: string, archive: Iterable<Uint8Array>): Promise<void> {
  using file = await Deno.open(to, { write: true });
  const end = await file.seek(0, Deno.SeekMode.End);
  const padding = 4 + (4 - (end % 4)) % 4;
  await writePieces(file, [new Uint8Array(padding)]);
  await writePieces(file, archive);
}

async function writePieces(file: Deno.FsFile, pieces: Iterable<Uint8Array>): Promise<void> {
  for (const piece of pieces) {
    for (let written = 0; written < piece.length;) {
      written += await file.write(piece.subarray(written));
    }
  }
}
