import { dirname, join } from "@std/path/posix";
import { BuildError, oneLine } from "./build_error.ts";
import { replaceFile } from "./publish.ts";
import type { Workshop } from "./workshop.ts";
import { checkImage } from "../fs/image_check.ts";
import { type ImageFile, type ImageSource, openImage } from "../fs/image_source.ts";
import { IMAGE_FILES } from "../fs/manifest.ts";

/** What QEMU boots. */
const BOOTED = [IMAGE_FILES.kernel, IMAGE_FILES.initramfs];

/**
 * Verifies the image at `path`, a file or a directory, and puts what a boot takes of it into `folder`.
 *
 * @returns `folder`.
 * @throws {BuildError} It cannot be read, or is not as it was signed; says what is wrong.
 */
export async function unpackImage(
  workshop: Workshop,
  { path, folder }: { readonly path: string; readonly folder: string },
): Promise<string> {
  return await workshop.progress.step("given image", async (note) => {
    using image = await openGiven(path);
    const { manifest, faults } = await checkImage(image, { signal: workshop.signal });
    if (manifest === undefined || faults.length > 0) {
      throw new BuildError(
        `Cannot boot "${path}": it is not as it was signed: ${faults.join("; ")}`,
      );
    }
    // The machine's folder, for nobody else's eyes: its token will be in it.
    await Deno.mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    for (const name of BOOTED) {
      const file = image.files.get(name);
      if (file !== undefined) await writeFile(file, join(folder, name));
    }
    note(`${manifest.version}, signed by the ${manifest.signer.name}`);
    return folder;
  });
}

async function openGiven(path: string): Promise<ImageSource> {
  try {
    return await openImage(path);
  } catch (error) {
    throw new BuildError(`Cannot read image "${path}": ${oneLine(error)}`);
  }
}

async function writeFile(from: ImageFile, to: string): Promise<void> {
  await replaceFile(to, async (unfinished) => {
    await Deno.writeFile(unfinished, ReadableStream.from(from.pieces()), { mode: 0o644 });
  });
}
