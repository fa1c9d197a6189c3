import { join } from "@std/path/posix";
import { humanBytes } from "./progress.ts";
import { replaceFile } from "./publish.ts";
import type { Workshop } from "./workshop.ts";
import { ARCHIVE_NAMES, archiveEnd, archiveHeader, archivePadding } from "../fs/image_archive.ts";

/** Puts all files of the image in `directory` into one: dist/strata-VERSION.img. */
export async function publishArchive(workshop: Workshop, directory: string): Promise<void> {
  const { root, version, sourceDateEpoch: mtime } = workshop;
  const name = `dist/strata-${version}.img`;
  await workshop.progress.step("image file", async (note) => {
    await replaceFile(join(root, name), async (unfinished) => {
      using file = await Deno.open(unfinished, { write: true, createNew: true, mode: 0o644 });
      for (const member of ARCHIVE_NAMES) {
        const path = join(directory, member);
        const { size } = await Deno.stat(path);
        await writeAll(file, archiveHeader({ name: member, size, mtime }));
        for await (const piece of (await Deno.open(path)).readable) await writeAll(file, piece);
        await writeAll(file, archivePadding(size));
      }
      await writeAll(file, archiveEnd());
    });
    note(`${name}, ${humanBytes((await Deno.stat(join(root, name))).size)}`);
  });
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}
