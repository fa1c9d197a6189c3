import { join } from "@std/path/posix";
import { BuildError, oneLine } from "./build_error.ts";
import { readIfPresent } from "./machine_folder.ts";
import type { Workshop } from "./workshop.ts";

/** Who signs an image. */
export interface Signer {
  /** For people: `development key` where nobody gave one. */
  readonly name: string;
  /** Ed25519: 64 hexadecimal digits. */
  readonly publicKey: string;
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
}

/** The development key's file in the cache. It is no entry of it: `clean` leaves it. */
const DEVELOPMENT_KEY = "development-signing-key.pem";

/**
 * The key that signs images: STRATA_SIGNING_KEY (a path, or the PEM text itself), else a development key that is made
 * once, in the cache. It never leaves this process but into that file, of mode 0600.
 *
 * @throws {BuildError} It cannot be read, or is no unencrypted PKCS #8 PEM of an Ed25519 key.
 */
export async function openSigner(
  workshop: Pick<Workshop, "cache" | "progress">,
  given: string | undefined = Deno.env.get("STRATA_SIGNING_KEY"),
): Promise<Signer> {
  return await workshop.progress.step("signing key", async (note) => {
    const signer = given ? await givenSigner(given) : await developmentSigner(workshop);
    note(`${signer.name} ${signer.publicKey.slice(0, 16)}…`);
    return signer;
  });
}

async function givenSigner(given: string): Promise<Signer> {
  const isText = given.trimStart().startsWith("-----BEGIN");
  const pem = isText ? given : await Deno.readTextFile(given).catch((error: unknown) => {
    throw new BuildError(`Cannot read STRATA_SIGNING_KEY "${given}": ${oneLine(error)}`);
  });
  return await signerOf("given key", pem, isText ? "STRATA_SIGNING_KEY" : `"${given}"`);
}

async function developmentSigner({ cache }: Pick<Workshop, "cache">): Promise<Signer> {
  const path = join(cache.directory, DEVELOPMENT_KEY);
  const pem = await readIfPresent(path) ?? await makeKey(cache.directory, path);
  return await signerOf("development key", pem, `"${path}"`);
}

/** Of two builds that make one at once, the first to finish wins, and both use its key. */
async function makeKey(directory: string, path: string): Promise<string> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new BuildError("Cannot make a signing key");
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const pem = `-----BEGIN PRIVATE KEY-----\n${der.toBase64()}\n-----END PRIVATE KEY-----\n`;
  await Deno.mkdir(directory, { recursive: true, mode: 0o755 });
  const unfinished = `${path}.unfinished-${crypto.randomUUID()}`;
  await Deno.writeTextFile(unfinished, pem, { createNew: true, mode: 0o600 });
  try {
    await Deno.link(unfinished, path);
    return pem;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return await Deno.readTextFile(path);
  } finally {
    await Deno.remove(unfinished);
  }
}

/** @param where Names the key in errors, which never show what is in it. */
async function signerOf(name: string, pem: string, where: string): Promise<Signer> {
  const cannot = (why: string): BuildError =>
    new BuildError(
      `Cannot sign with ${where}: ${why}; make one with: openssl genpkey -algorithm ed25519`,
    );
  const body = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(pem);
  if (body === null) throw cannot("it is no unencrypted PKCS #8 key in PEM");
  let key: CryptoKey;
  let publicKey: string;
  try {
    const der = Uint8Array.fromBase64((body[1] ?? "").replaceAll(/\s/g, ""));
    key = await crypto.subtle.importKey("pkcs8", der, "Ed25519", true, ["sign"]);
    const { x = "" } = await crypto.subtle.exportKey("jwk", key);
    publicKey = Uint8Array.fromBase64(x, { alphabet: "base64url" }).toHex();
  } catch {
    throw cannot("it is no Ed25519 key");
  }
  if (publicKey.length !== 64) throw cannot("it is no Ed25519 key");
  return {
    name,
    publicKey,
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign("Ed25519", key, bytes)),
  };
}
