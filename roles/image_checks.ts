/** What the command line asks about images, answered by fs. */
import { createHash } from "node:crypto";
import type { ImageChecks, ImageReport, ManifestFacts } from "../api/cli/image_checks.ts";
import { CommandError, EXIT } from "../api/client/command_error.ts";
import { ArchiveError } from "../fs/image_archive.ts";
import { checkImage } from "../fs/image_check.ts";
import { openImage } from "../fs/image_source.ts";
import { type Manifest, ManifestError, parseManifest } from "../fs/manifest.ts";
import { isSignedBy, KEY_FILE_BYTES_MAX, publicKeyOfPem } from "../fs/manifest_signature.ts";

/** Makes them. */
export function imageChecks(): ImageChecks {
  return { publicKey, file, runningManifest, digest };
}

async function publicKey(path: string): Promise<string> {
  const { size } = await found(path, Deno.stat(path));
  if (size > KEY_FILE_BYTES_MAX) {
    throw new CommandError(
      EXIT.failed,
      `cannot use "${path}": a key has at most ${KEY_FILE_BYTES_MAX} bytes, this is ${size}`,
    );
  }
  try {
    return publicKeyOfPem(await found(path, Deno.readTextFile(path)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(EXIT.failed, `cannot use "${path}": ${error.message}`);
  }
}

async function file(
  path: string,
  options: { readonly publicKey?: string; readonly signal: AbortSignal },
): Promise<ImageReport> {
  try {
    using image = await found(path, openImage(path));
    const { manifest, faults } = await checkImage(image, options);
    return { manifest: manifest && factsOf(manifest), faults };
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    return { manifest: undefined, faults: [error.message] };
  }
}

async function runningManifest(
  text: string,
  options: { readonly signature: string; readonly publicKey?: string },
): Promise<ImageReport> {
  const bytes = new TextEncoder().encode(text);
  let manifest: Manifest;
  try {
    manifest = parseManifest(bytes, "root");
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return { manifest: undefined, faults: [`manifest: ${error.message}`] };
  }
  const key = options.publicKey ?? manifest.signer.publicKey;
  const signature = /^([0-9a-f]{2})*$/.test(options.signature)
    ? Uint8Array.fromHex(options.signature)
    : new Uint8Array();
  const isSigned = await isSignedBy(key, { manifest: bytes, signature });
  const faults = isSigned ? [] : [`manifest: its signature is not one by key ${key}`];
  return { manifest: factsOf(manifest), faults };
}

function digest(): ReturnType<ImageChecks["digest"]> {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
}

function factsOf({ version, commit, kernel, signer, verity, files }: Manifest): ManifestFacts {
  return {
    version,
    commit,
    kernelRelease: kernel.release,
    signer,
    rootHash: verity.rootHash,
    files: Object.fromEntries(Object.entries(files).map(([name, { sha256 }]) => [name, sha256])),
  };
}

/** What is awaited; where nothing is at the path, or it may not be read, the command ends with its own code. */
async function found<T>(path: string, awaited: Promise<T>): Promise<T> {
  try {
    return await awaited;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new CommandError(EXIT.notFound, `cannot find "${path}"`);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new CommandError(EXIT.refused, `cannot read "${path}": permission denied`);
    }
    throw error;
  }
}
