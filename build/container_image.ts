import { archiveEnd, archiveHeader, archivePadding } from "../fs/image_archive.ts";
import { digestBytes } from "./digest.ts";

/** What a container is made of here: one program, and nothing else. */
export interface ContainerProgram {
  /** Its path in the container, without the slash in front; below no directory. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** A file of a tar archive. */
interface TarFile {
  readonly name: string;
  readonly content: Uint8Array;
  /** Octal, three digits. */
  readonly mode?: "644" | "755";
}

/** Where the mode and the checksum are in a header, and what the latter counts. Source: POSIX.1, pax. */
const MODE_AT = 104;
const CHECKSUM = { at: 148, length: 8 } as const;

const MEDIA = "application/vnd.oci.image";

/**
 * A container image of one program, as an archive that `ctr images import` takes. The same program gives the same bytes.
 *
 * @param reference What it is called, such as `strata.test/hello:1`.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export function containerImage(
  program: ContainerProgram,
  reference: string,
): Uint8Array<ArrayBuffer> {
  const layer = tar([{ ...program, mode: "755" }]);
  const config = json({
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: [`/${program.name}`] },
    rootfs: { type: "layers", diff_ids: [`sha256:${digestBytes(layer)}`] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: `${MEDIA}.manifest.v1+json`,
    config: descriptor(`${MEDIA}.config.v1+json`, config),
    layers: [descriptor(`${MEDIA}.layer.v1.tar`, layer)],
  });
  const index = json({
    schemaVersion: 2,
    manifests: [{
      ...descriptor(`${MEDIA}.manifest.v1+json`, manifest),
      annotations: { "io.containerd.image.name": reference },
    }],
  });
  return tar([
    { name: "oci-layout", content: json({ imageLayoutVersion: "1.0.0" }) },
    { name: "index.json", content: index },
    ...[manifest, config, layer].map((content) => ({
      name: `blobs/sha256/${digestBytes(content)}`,
      content,
    })),
  ]);
}

function descriptor(mediaType: string, content: Uint8Array) {
  return { mediaType, digest: `sha256:${digestBytes(content)}`, size: content.length };
}

function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

function tar(files: readonly TarFile[]): Uint8Array<ArrayBuffer> {
  const pieces = files.flatMap(({ name, content, mode = "644" }) => {
    const size = content.length;
    const header = withMode(archiveHeader({ name, size, mtime: 0 }), mode);
    return [header, content, archivePadding(size)];
  });
  const all = [...pieces, archiveEnd()];
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of all) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The same header with another mode: images of machines have no programs in them. */
function withMode(
  header: Uint8Array<ArrayBuffer>,
  mode: NonNullable<TarFile["mode"]>,
): Uint8Array<ArrayBuffer> {
  header.set(new TextEncoder().encode(mode), MODE_AT);
  const { at, length } = CHECKSUM;
  header.fill(0x20, at, at + length);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), at);
  return header;
}
