/** Who signed a manifest: Ed25519 keys, and the check of a signature. */

/** Bytes of a signature. */
export const SIGNATURE_BYTES = 64;

/** Bytes of a public key. */
const KEY_BYTES = 32;

/** What stands before an Ed25519 key in its SubjectPublicKeyInfo. Source: RFC 8410, section 4. */
const SPKI_PREFIX = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/** Bytes of a key's file: a PEM of one key has 113. */
export const KEY_FILE_BYTES_MAX = 4096;

/** A public key as `openssl pkey -pubout` writes it. @param publicKey 64 hexadecimal digits. */
export function publicKeyPem(publicKey: string): string {
  const der = new Uint8Array([...SPKI_PREFIX, ...Uint8Array.fromHex(publicKey)]);
  return `-----BEGIN PUBLIC KEY-----\n${der.toBase64()}\n-----END PUBLIC KEY-----\n`;
}

/**
 * The public key in a PEM text, as 64 hexadecimal digits.
 *
 * @throws {RangeError} It is none, or not of Ed25519.
 */
export function publicKeyOfPem(text: string): string {
  const body = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----/.exec(text);
  if (body === null) throw new RangeError("Cannot read the key: it is no PEM of a public key");
  let der: Uint8Array;
  try {
    der = Uint8Array.fromBase64((body[1] ?? "").replaceAll(/\s/g, ""));
  } catch {
    throw new RangeError("Cannot read the key: what is in the PEM is no base64");
  }
  const isEd25519 = der.length === SPKI_PREFIX.length + KEY_BYTES &&
    SPKI_PREFIX.every((byte, index) => byte === der[index]);
  if (!isEd25519) throw new RangeError("Cannot use the key: it must be one of Ed25519");
  return der.subarray(SPKI_PREFIX.length).toHex();
}

/**
 * Whether `signature` is that of `manifest` by `publicKey` (64 hexadecimal digits). A signature of another length, or a
 * key that is no point of the curve, is a no.
 */
export async function isSignedBy(
  publicKey: string,
  of: { readonly manifest: Uint8Array<ArrayBuffer>; readonly signature: Uint8Array<ArrayBuffer> },
): Promise<boolean> {
  if (of.signature.length !== SIGNATURE_BYTES) return false;
  const key = await crypto.subtle.importKey(
    "raw",
    Uint8Array.fromHex(publicKey),
    "Ed25519",
    false,
    [
      "verify",
    ],
  );
  return await crypto.subtle.verify("Ed25519", key, of.signature, of.manifest);
}
