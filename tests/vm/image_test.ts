/** The image as a file set: what it holds, what it does not, and that it comes out the same again. */
import { join } from "@std/path/posix";
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { compileBinary } from "../../build/binary.ts";
import { cacheDirectory, directoryCache } from "../../build/cache.ts";
import { makeCodeCache } from "../../build/code_cache.ts";
import {
  type CodeCacheFile,
  decodeCodeCache,
  encodeCodeCache,
} from "../../build/code_cache_file.ts";
import { findDenort } from "../../build/denort.ts";
import { digestFile } from "../../build/digest.ts";
import { toolPath } from "../../build/host_tools.ts";
import { packInitramfs } from "../../build/initramfs.ts";
import { openLinuxImage } from "../../build/linux_image.ts";
import { run } from "../../build/process.ts";
import { agentLibraries, packRootfs } from "../../build/rootfs.ts";
import { sealRoot } from "../../build/sealed_root.ts";
import { openSigner } from "../../build/signing_key.ts";
import { openWorkshop, sourceFolders, type Workshop } from "../../build/workshop.ts";
import { CODE_CACHE } from "../../fs/code_cache_paths.ts";
import { PROBE_REQUESTS } from "./probe.ts";

/** What a boot medium must hold at most: kernel and initramfs, the squashfs in it. */
const BOOT_BYTES_MAX = 90e6;

/** Two builds from sources; minutes only on a host in trouble. */
const BUILD_MS_MAX = 300_000;

const ROOT = join(import.meta.dirname ?? Deno.cwd(), "../..");

async function workshopIn(root: string, cache: string): Promise<Workshop> {
  Deno.umask(0o022);
  return await openWorkshop(root, {
    cache: directoryCache(cache),
    progress: { line: () => {}, step: async (_, work) => await work(() => {}) },
    signal: AbortSignal.timeout(BUILD_MS_MAX),
  });
}

/** The checkout's sources, copied: what a second checkout at another path holds. */
async function copyOfSources(to: string): Promise<string> {
  await Deno.mkdir(to);
  const names = (await sourceFolders(ROOT)).map((name) => join(ROOT, name));
  await run("cp", { args: ["-r", ...names, to], signal: AbortSignal.timeout(BUILD_MS_MAX) });
  return to;
}

/** The names in a squashfs, without a leading slash. */
async function namesIn(squashfs: string): Promise<ReadonlySet<string>> {
  const unsquashfs = (await toolPath("mksquashfs")).replace(/mksquashfs$/, "unsquashfs");
  const signal = AbortSignal.timeout(BUILD_MS_MAX);
  const listed = await run(unsquashfs, { args: ["-l", "-d", "", squashfs], signal });
  return new Set(listed.split("\n").map((line) => line.replace(/^\//, "")).filter((line) => line));
}

async function holds(path: string, text: string): Promise<boolean> {
  const bytes = await Deno.readFile(path);
  return new TextDecoder("latin1").decode(bytes).includes(text);
}

Deno.test("packInitramfs() gives the same bytes when everything is built again from the same sources elsewhere", async () => {
  const usual = await workshopIn(ROOT, cacheDirectory((name) => Deno.env.get(name)));
  const empty = await Deno.makeTempDir({ prefix: "strata-again-" });
  try {
    const checkout = await copyOfSources(join(empty, "checkout"));
    const { buildId, sourceDateEpoch } = usual; // Told by git, which the copy is not in.
    const elsewhere = await workshopIn(checkout, join(empty, "cache"));
    const again = { ...elsewhere, buildId, sourceDateEpoch };
    const linux = await openLinuxImage(usual, {});
    const denort = await findDenort(usual);
    const binary = await compileBinary(again, { entry: "main.ts", denort });
    const code = await makeCodeCache(again, binary);
    const libraries = await agentLibraries(again, binary);
    const rootfs = await packRootfs(again, {
      ...{ binary, code, linux, libraries },
      ...{ extras: [], packing: "small" },
    });
    // The key is the builder's: a second builder of the same image has been given it.
    const signer = await openSigner(usual);
    const root = await sealRoot(again, { rootfs, binary, linux, signer });
    const initramfs = await packInitramfs(again, { binary, code, linux, root, libraries });
    assert(initramfs.startsWith(empty), "nothing was taken from the usual cache");
    const made = {
      binary: await digestFile(binary.path),
      rootfs: await digestFile(rootfs.path),
      hashTree: await digestFile(join(root.path, "rootfs.verity")),
      initramfs: await digestFile(initramfs),
    };
    assertEquals(made, {
      binary: await digestFile(join(ROOT, "dist/strata")),
      rootfs: await digestFile(join(ROOT, "dist/image/rootfs.squashfs")),
      hashTree: await digestFile(join(ROOT, "dist/image/rootfs.verity")),
      initramfs: await digestFile(join(ROOT, "dist/image/initramfs")),
    });
  } finally {
    await Deno.remove(empty, { recursive: true });
  }
});

Deno.test("manifest.json tells size and SHA-256 of every file of the image, and the kernel", async () => {
  const read = (name: string): string => join(ROOT, "dist/image", name);
  const manifest = JSON.parse(await Deno.readTextFile(read("manifest.json")));
  assertEquals(Object.keys(manifest.files).sort(), [
    "initramfs",
    "rootfs.squashfs",
    "rootfs.verity",
    "vmlinuz",
  ]);
  for (const [name, told] of Object.entries(manifest.files)) {
    const { size } = await Deno.stat(read(name));
    assertEquals(told, { size, sha256: await digestFile(read(name)) }, name);
  }
  assert(/^\d+\.\d+/.test(manifest.kernel.release), manifest.kernel.release);
  assert(/^[0-9a-f]{64}$/.test(manifest.kernel.sha256), manifest.kernel.sha256);
});

Deno.test("kernel and initramfs together stay within 90 MB", async () => {
  const sizes = ["vmlinuz", "initramfs"].map((name) => Deno.stat(join(ROOT, "dist/image", name)));
  const bytes = (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
  assert(bytes <= BOOT_BYTES_MAX, `${bytes} bytes`);
});

Deno.test("the shipped image has no shell and no probe; the test image has its probe", async () => {
  const shipped = await namesIn(join(ROOT, "dist/image/rootfs.squashfs"));
  const probe = await namesIn(join(ROOT, "dist/probe-image/rootfs.squashfs"));
  for (const name of ["usr/bin/strata", "usr/sbin/mkfs.xfs", "etc/os-release"]) {
    assert(shipped.has(name), name);
  }
  const programs = [...shipped].filter((name) => /^usr\/s?bin\/./.test(name)).sort();
  assertEquals(programs, [
    "usr/bin/strata",
    "usr/sbin/mkfs.xfs",
    "usr/sbin/xfs_growfs",
    "usr/sbin/xfs_repair",
  ]);
  const added = [...probe].filter((name) => !shipped.has(name));
  assert(added.includes("usr/lib/probe/orphans"), "the test image lacks its programs");
  assertEquals(added.filter((name) => !/^usr\/lib\/probe(\/|$)/.test(name)), []);
  assert(await holds(join(ROOT, "dist/probe-image/strata"), PROBE_REQUESTS.type));
  assert(!(await holds(join(ROOT, "dist/strata"), PROBE_REQUESTS.type)));
});

/** What V8 compiled of the binary, for each role, and the binary in a folder where it looks for such a file. */
async function codeCaches(): Promise<
  AsyncDisposable & {
    readonly of: readonly (readonly [string, CodeCacheFile])[];
    /** Runs it beside that file. @returns The file then, or what went wrong. */
    readonly run: (words: readonly string[], file: CodeCacheFile | Uint8Array) => Promise<
      { readonly error: string; readonly kept: Uint8Array<ArrayBuffer> }
    >;
  }
> {
  const usual = await workshopIn(ROOT, cacheDirectory((name) => Deno.env.get(name)));
  const binary = await compileBinary(usual, { entry: "main.ts", denort: await findDenort(usual) });
  const { of } = await makeCodeCache(usual, binary);
  const folder = await Deno.makeTempDir({ prefix: "strata-code-" });
  const path = join(folder, CODE_CACHE.slice("/tmp".length));
  return {
    of: await Promise.all(
      Object.entries(of).map(async ([role, made]) =>
        [role, inFolder(decodeCodeCache(await Deno.readFile(made)))] as const
      ),
    ),
    run: async (words, file) => {
      await Deno.writeFile(path, file instanceof Uint8Array ? file : encodeCodeCache(file));
      const signal = AbortSignal.timeout(BUILD_MS_MAX);
      const ran = run(binary.path, { args: words, cwd: folder, env: { TMPDIR: HERE }, signal });
      const error = await ran.then(() => "", (failed: Error) => failed.message);
      assertEquals((await Array.fromAsync(Deno.readDir(folder))).length, 1);
      return { error, kept: await Deno.readFile(path) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** A directory's name wherever it is. */
const HERE = "/proc/self/cwd";

/** The same, as if it were the file of that folder and not of the machine's /tmp. */
function inFolder({ key, entries }: CodeCacheFile): CodeCacheFile {
  const moved = entries.map((entry) => ({
    ...entry,
    specifier: entry.specifier.replace("file:///tmp/", `file://${HERE}/`),
  }));
  return { key, entries: moved };
}

/** The same, but that its first module waits for another word. */
function withWord(file: CodeCacheFile, from: string, to: string): CodeCacheFile {
  const entries = file.entries.map((entry) => {
    if (!entry.specifier.endsWith("/strata.js")) return entry;
    const text = new TextDecoder("latin1").decode(entry.data);
    const data = entry.data.slice();
    data.set(new TextEncoder().encode(to), text.indexOf(from));
    return { ...entry, data };
  });
  return { ...file, entries };
}

Deno.test("V8 runs the code that the image holds, that of all functions", async () => {
  await using caches = await codeCaches();
  for (const [role, file] of caches.of) {
    const { error, kept } = await caches.run(["read-code", role], file);
    assertEquals([error, kept], ["", encodeCodeCache(file)], "nothing new was to be kept");
    // Code that was changed and not the text it was made of: who knows the new word runs the code.
    const changed = withWord(file, "read-code", "reap-code");
    assertEquals((await caches.run(["reap-code", role], changed)).error, "", role);
    assertMatch((await caches.run(["reap-code", role], file)).error, /reap-code/);
  }
});

Deno.test("the agent does without code caches that are damaged", async () => {
  await using caches = await codeCaches();
  for (const [role, file] of caches.of) {
    const bytes = encodeCodeCache(file);
    const middle = bytes.length >> 1;
    bytes[middle] = ~(bytes[middle] ?? 0);
    const { error, kept } = await caches.run(["read-code", role], bytes);
    assertEquals(error, "");
    const names = (of: CodeCacheFile) => of.entries.map(({ specifier }) => specifier).toSorted();
    assertEquals(names(decodeCodeCache(kept)), names(file));
    // What it makes by itself is not the code of all functions.
    assert(bytes.length > 2 * kept.length, `${bytes.length} and ${kept.length} bytes`);
  }
});
