/** A certificate and its key; both in PEM, the key as PKCS #8. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** From when and until when. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}
