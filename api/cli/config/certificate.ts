/** Certificates of contexts: whose they are, until when, and whether a key is theirs. */
import { isPem, PEM_WORDS } from "../../client/machine_context.ts";
import { CommandError, EXIT } from "../../client/command_error.ts";
import { createPrivateKey, X509Certificate } from "node:crypto";

/** What people want to know of a certificate. */
export interface CertificateFacts {
  /** On one line: `O=os:admin, CN=me`. */
  readonly subject: string;
  /** RFC 3339. */
  readonly expires: string;
  readonly isExpired: boolean;
}

/** The facts; undefined for what is no certificate. @param nowMs Since 1970. */
export function certificateFacts(pem: string, nowMs: number): CertificateFacts | undefined {
  try {
    const { subject, validTo } = new X509Certificate(pem);
    const end = new Date(validTo);
    return {
      subject: subject.split("\n").join(", "),
      expires: `${end.toISOString().slice(0, 19)}Z`,
      isExpired: end.getTime() <= nowMs,
    };
  } catch {
    return undefined;
  }
}

/** PEM of a file that somebody named. */
export interface PemFile {
  readonly path: string;
  readonly text: string;
}

/** @throws {CommandError} `usage`: it holds something else. */
export function checkCertificate(field: "ca" | "crt", { path, text }: PemFile): void {
  if (isPem(field, text) && certificateFacts(text, 0) !== undefined) return;
  throw unfit(path, field);
}

/** @throws {CommandError} `usage`: it is no key, or another one's. */
export function checkKey(key: PemFile, crt: PemFile): void {
  if (!isPem("key", key.text)) throw unfit(key.path, "key");
  let fits: boolean;
  try {
    fits = new X509Certificate(crt.text).checkPrivateKey(createPrivateKey(key.text));
  } catch {
    throw unfit(key.path, "key");
  }
  if (fits) return;
  throw new CommandError(
    EXIT.usage,
    `the key "${key.path}" is not that of the certificate "${crt.path}"`,
  );
}

function unfit(path: string, field: "ca" | "crt" | "key"): CommandError {
  return new CommandError(
    EXIT.usage,
    `cannot use "${path}": it must be PEM that holds ${PEM_WORDS[field]}`,
  );
}
