/** Certificates of a listener, looked at before it listens: the runtime looks at them in the first handshake. */
import { createPrivateKey, X509Certificate } from "node:crypto";

/** Who we are, and who vouches for callers; PEM. */
export interface TlsCertificates {
  /** Ours, with those that lead to its authority. */
  readonly cert: string;
  readonly key: string;
  /** Authorities of callers' certificates, one or several. */
  readonly ca: string;
}

/**
 * The authorities one by one, since of several in one text the runtime may take the first alone.
 *
 * @throws {RangeError} Naming which of the three is none, or does not belong to the others.
 */
export function demandCertificates({ cert, key, ca }: TlsCertificates): string[] {
  const [own] = certificatesIn("certificate", cert);
  const isOurs = judged("key", () => own?.parsed.checkPrivateKey(createPrivateKey(key)) ?? false);
  if (!isOurs) throw unusable("key", "it is not that of the certificate");
  const authorities = certificatesIn("authority", ca);
  const stray = authorities.find(({ parsed }) => !parsed.ca);
  if (stray !== undefined) {
    throw unusable("authority", "a certificate in it may not vouch for others");
  }
  return authorities.map(({ pem }) => pem);
}

interface Certificate {
  readonly pem: string;
  readonly parsed: X509Certificate;
}

function certificatesIn(which: string, text: string): readonly Certificate[] {
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw unusable(which, "there is no CERTIFICATE in PEM in it");
  return judged(which, () => found.map((pem) => ({ pem, parsed: new X509Certificate(pem) })));
}

function judged<T>(which: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unusable(which, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function unusable(which: string, why: string, options?: ErrorOptions): RangeError {
  return new RangeError(`Cannot serve TLS with this ${which}: ${why}`, options);
}
