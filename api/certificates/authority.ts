/**
 * An authority of our own, and the certificates it vouches for: X.509 by a library, keys by the runtime. ECDSA on P-256,
 * which every client knows; browsers and the C library of gRPC do not take Ed25519.
 *
 * Loads a large library: to be imported when certificates are made, and nowhere else.
 */
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { CertificatePair, Validity } from "./certificate_pair.ts";
import { isAddress, requireHost, requireName } from "./certificate_names.ts";

const KEYS = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

/** Bytes of a serial number, the first bit of which is 0: RFC 5280 allows 20. */
const SERIAL_BYTES = 16;

/** Who vouches. */
export interface Authority {
  readonly pair: CertificatePair;
  /** @param options `hosts`: names and addresses that it may be called by, one at least. */
  issueServer(options: { readonly hosts: readonly string[] } & Validity): Promise<CertificatePair>;
  /** @param options `roles` become its organisations. */
  issueClient(
    options: { readonly name: string; readonly roles: readonly string[] } & Validity,
  ): Promise<CertificatePair>;
}

/** Makes an authority. @throws {RangeError} A name that is none. */
export async function newAuthority(
  { name, notBefore, notAfter }: { readonly name: string } & Validity,
): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: subject(name, []),
    keys,
    signingAlgorithm: SIGNATURE,
    notBefore,
    notAfter,
    extensions: [
      // It vouches for no other authorities.
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return authority(certificate, keys.privateKey, await keyPem(keys.privateKey));
}

/** Takes an authority that is there. @throws {RangeError} Certificate or key is none, or not of this kind. */
export async function readAuthority({ cert, key }: CertificatePair): Promise<Authority> {
  try {
    const [der] = PemConverter.decode(key);
    if (der === undefined) throw new RangeError("the key is no PRIVATE KEY in PEM");
    const privateKey = await crypto.subtle.importKey("pkcs8", der, KEYS, true, ["sign"]);
    const certificate = new X509Certificate(cert);
    const { ca } = certificate.getExtension(BasicConstraintsExtension) ?? { ca: false };
    if (!ca) throw new RangeError("its certificate may not vouch for others");
    await demandSame(certificate, privateKey);
    return authority(certificate, privateKey, key);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(
      `Cannot use the authority: ${why}, and may be a CA certificate and its PKCS #8 key, ECDSA on P-256, in PEM`,
      { cause },
    );
  }
}

function authority(certificate: X509Certificate, signingKey: CryptoKey, key: string): Authority {
  async function issue(
    name: JsonName,
    { notBefore, notAfter }: Validity,
    extensions: readonly Extension[],
  ): Promise<CertificatePair> {
    const keys = await newKeys();
    const issued = await X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: name,
      issuer: certificate.subjectName,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: SIGNATURE,
      notBefore,
      notAfter,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
        await AuthorityKeyIdentifierExtension.create(certificate),
        ...extensions,
      ],
    });
    return { cert: pem(issued), key: await keyPem(keys.privateKey) };
  }

  return {
    pair: { cert: pem(certificate), key },
    async issueServer({ hosts, ...validity }) {
      const [first = ""] = hosts;
      const names = hosts.map((host) => {
        const value = requireHost(host);
        return isAddress(value) ? { type: "ip" as const, value } : { type: "dns" as const, value };
      });
      return await issue(subject(requireHost(first), []), validity, [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(names),
      ]);
    },
    async issueClient({ name, roles, ...validity }) {
      return await issue(subject(name, roles), validity, [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      ]);
    },
  };
}

/** @throws {RangeError} The key is another's. */
async function demandSame(certificate: X509Certificate, key: CryptoKey): Promise<void> {
  const challenge = crypto.getRandomValues(new Uint8Array(32));
  const signed = await crypto.subtle.sign(SIGNATURE, key, challenge);
  const publicKey = await certificate.publicKey.export(KEYS, ["verify"]);
  if (await crypto.subtle.verify(SIGNATURE, publicKey, signed, challenge)) return;
  throw new RangeError("its key is not that of its certificate");
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);
}

/** Each organisation on its own: programs that show one value of a kind show each of them so. */
function subject(name: string, organizations: readonly string[]): JsonName {
  return [
    ...organizations.map((organization) => ({ O: [requireName(organization)] })),
    { CN: [requireName(name)] },
  ];
}

function serial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  // Positive, and of its full length.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toHex();
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

async function keyPem(key: CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}
