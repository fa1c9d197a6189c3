/** What the command line asks about images of this host. Handed in: nothing here knows their format. */

/** What a manifest says, for people and for comparing. */
export interface ManifestFacts {
  readonly version: string;
  /** "" when not known. */
  readonly commit: string;
  readonly kernelRelease: string;
  readonly signer: { readonly name: string; readonly publicKey: string };
  readonly rootHash: string;
  /** SHA-256 of each file it covers, in hexadecimal. */
  readonly files: Readonly<Record<string, string>>;
}

/** What was found out of an image. */
export interface ImageReport {
  /** Undefined when it cannot be read. */
  readonly manifest: ManifestFacts | undefined;
  /** One sentence for each thing that is wrong; empty when all is as it was signed. */
  readonly faults: readonly string[];
}

/** The checks. Public keys are 64 hexadecimal digits; without one it is the key that the manifest itself names. */
export interface ImageChecks {
  /** The public key in a PEM file. @throws {CommandError} There is none. */
  publicKey(path: string): Promise<string>;
  /** Every byte of an image: one file, or the directory of its files. @throws {CommandError} It cannot be read. */
  file(
    path: string,
    options: { readonly publicKey?: string; readonly signal: AbortSignal },
  ): Promise<ImageReport>;
  /** A manifest of a running machine alone. @param signature In hexadecimal. */
  runningManifest(
    text: string,
    options: { readonly signature: string; readonly publicKey?: string },
  ): Promise<ImageReport>;
  /** A digest that takes its bytes one piece after the other. */
  digest(): { update(bytes: Uint8Array): void; hex(): string };
}
