/** What Strata's boot is compared with: a static C init and a compiled hello server. */
import { join } from "@std/path/posix";
import { compileBinary, openToolchain } from "../../build/binary.ts";
import { cpioArchive, type CpioEntry } from "../../build/cpio.ts";
import { digestFile } from "../../build/digest.ts";
import { bareEntries, compressArchive, fileEntry, writeArchive } from "../../build/initramfs.ts";
import { compileC } from "../../build/probe_files.ts";
import { agentLibraries } from "../../build/rootfs.ts";
import type { Workshop } from "../../build/workshop.ts";

/** Directories with vmlinuz and initramfs, as an image has them. */
export interface Rivals {
  readonly c: string;
  readonly hello: string;
}

/** Packs both with the kernel of `image`, in `directory`. */
export async function packRivals(
  workshop: Workshop,
  at: { readonly image: string; readonly directory: string },
): Promise<Rivals> {
  const { directory, image } = at;
  const init = join(directory, "c-init");
  const source = join(workshop.root, "tests/bench/boot_init.c");
  await compileC(source, { to: init, signal: workshop.signal });
  const c = await pack(workshop, {
    name: "c",
    at,
    entries: [await fileEntry(init, { path: "init", mode: 0o755 })],
  });

  const denort = await openToolchain(workshop);
  const binary = await compileBinary(workshop, { entry: "tests/bench/boot_hello.ts", denort });
  const entries = [await fileEntry(binary.path, { path: "init", mode: 0o755 })];
  for (const library of await agentLibraries(workshop, binary)) {
    entries.push(await fileEntry(library, { path: library.slice(1), mode: 0o755 }));
  }
  const hello = await pack(workshop, { name: "hello", at: { image, directory }, entries });
  return { c, hello };
}

async function pack(
  workshop: Workshop,
  of: {
    readonly name: string;
    readonly at: { readonly image: string; readonly directory: string };
    readonly entries: readonly CpioEntry[];
  },
): Promise<string> {
  const directory = join(of.at.directory, of.name);
  await Deno.mkdir(directory);
  await Deno.symlink(join(of.at.image, "vmlinuz"), join(directory, "vmlinuz"));
  const archive = join(directory, "initramfs.cpio");
  const log: CpioEntry = { path: "dev/kmsg", mode: 0o600, kind: "character", major: 1, minor: 11 };
  const entries = [...bareEntries("init"), log, ...of.entries];
  await writeArchive(archive, cpioArchive(entries, workshop.sourceDateEpoch));
  await compressArchive(archive, { to: join(directory, "initramfs"), signal: workshop.signal });
  await Deno.remove(archive);
  return directory;
}

/** SHA-256 of both kernels must agree: a comparison across kernels says nothing. */
export async function sameKernel(one: string, other: string): Promise<boolean> {
  return await digestFile(join(one, "vmlinuz")) === await digestFile(join(other, "vmlinuz"));
}
