import { join } from "@std/path/posix";
import { BuildError, oneLine } from "./build_error.ts";
import { digestFile, digestOf } from "./digest.ts";
import { unpackLinux } from "./linux_package.ts";
import type { Workshop } from "./workshop.ts";

/** A kernel to boot, and its modules. */
export interface LinuxImage {
  /** A bzImage. */
  readonly path: string;
  /** The directory lib/modules/RELEASE, with modules.dep. */
  readonly modules: string;
  readonly release: string;
  /** Where it is from, for the manifest. */
  readonly origin: Readonly<Record<string, string>>;
  readonly key: string;
}

/** What the user may ask of the kernel. */
export interface LinuxOptions {
  /** A bzImage instead of Debian's. */
  readonly kernel?: string;
  /** Its modules; /lib/modules/RELEASE when not given. */
  readonly modules?: string;
}

/** @throws {BuildError} The given kernel is unreadable or none, or none can be had. */
export async function openLinuxImage(
  workshop: Workshop,
  options: LinuxOptions,
): Promise<LinuxImage> {
  return await workshop.progress.step("kernel", async (note) => {
    const linux = options.kernel === undefined
      ? await debianLinux(workshop)
      : await givenLinux(options.kernel, options.modules);
    note(linux.release);
    return linux;
  });
}

async function debianLinux(workshop: Workshop): Promise<LinuxImage> {
  const { name, version, sha256, path, key } = await unpackLinux(workshop);
  const release = name.replace(/^linux-image-/, "");
  return {
    path: join(path, `boot/vmlinuz-${release}`),
    modules: join(path, `lib/modules/${release}`),
    release,
    origin: { package: name, version, sha256 },
    key,
  };
}

async function givenLinux(path: string, modulesGiven: string | undefined): Promise<LinuxImage> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw new BuildError(`Cannot read kernel "${path}": ${oneLine(error)}`);
  }
  const release = linuxRelease(bytes);
  if (release === undefined) {
    throw new BuildError(`Cannot read kernel "${path}": not a bzImage (an x86 boot image)`);
  }
  const modules = modulesGiven ?? `/lib/modules/${release}`;
  const dependencies = join(modules, "modules.dep");
  try {
    const sha256 = await digestFile(path);
    const key = digestOf([sha256, modules, await digestFile(dependencies)]);
    return { path, modules, release, origin: { file: path, sha256 }, key };
  } catch (error) {
    throw new BuildError(
      `Cannot read "${dependencies}": ${oneLine(error)}; give the modules with --modules DIR`,
    );
  }
}

/**
 * The release a bzImage says it is, or undefined when it is none.
 *
 * @see https://docs.kernel.org/arch/x86/boot.html
 */
export function linuxRelease(image: Uint8Array): string | undefined {
  if (image.length < 0x264) return undefined;
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (view.getUint32(0x202) !== 0x4864_7253) return undefined; // "HdrS"
  const at = view.getUint16(0x20e, true) + 0x200;
  const text = new TextDecoder("latin1").decode(image.subarray(at, at + 128));
  return /^[0-9][0-9A-Za-z.+_~-]*/.exec(text)?.[0];
}
