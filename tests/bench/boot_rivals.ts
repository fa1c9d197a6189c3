/** What Strata's boot is compared with: a static C init, a compiled hello server, and busybox doing the same mounts. */
import { join } from "@std/path/posix";
import { compileBinary, openToolchain } from "../../build/binary.ts";
import { cpioArchive, type CpioEntry } from "../../build/cpio.ts";
import { digestFile } from "../../build/digest.ts";
import {
  appendArchive,
  bareEntries,
  compressArchive,
  fileEntry,
  writeArchive,
} from "../../build/initramfs.ts";
import { findTool } from "../../build/host_tools.ts";
import { compileC } from "../../build/probe_files.ts";
import { agentLibraries } from "../../build/rootfs.ts";
import type { Workshop } from "../../build/workshop.ts";

/** Directories with vmlinuz and initramfs, as an image has them. */
export interface Rivals {
  readonly c: string;
  readonly hello: string;
  readonly busybox: string;
}

/** Tells the kernel to start the rival of {@linkcode Rivals.busybox} in place of the agent. */
export const BUSYBOX_ARGUMENTS: readonly string[] = ["rdinit=/busybox-init"];

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
  return { c, hello, busybox: await packBusybox(workshop, at) };
}

/** The image's own initramfs with busybox and a script behind it: the same bytes are unpacked, the same root mounted. */
async function packBusybox(
  workshop: Workshop,
  { image, directory }: { readonly image: string; readonly directory: string },
): Promise<string> {
  const program = await findTool("busybox");
  if (program === undefined) throw new Error("Cannot find busybox: install busybox-static");
  const script = join(workshop.root, "tests/bench/boot_busybox.sh");
  const entries = [
    await fileEntry(program, { path: "busybox", mode: 0o755 }),
    await fileEntry(script, { path: "busybox-init", mode: 0o755 }),
  ];
  const to = join(directory, "busybox");
  await Deno.mkdir(to);
  await Deno.symlink(join(image, "vmlinuz"), join(to, "vmlinuz"));
  const archive = join(to, "initramfs");
  await Deno.copyFile(join(image, "initramfs"), archive);
  await appendArchive(archive, cpioArchive(entries, workshop.sourceDateEpoch));
  return to;
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
