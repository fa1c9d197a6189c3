/**
 * What a client's certificate says of its holder, read from its DER (RFC 5280): the runtime gives one organisation of
 * several. Who signed it and for what is judged before, by TLS.
 */
import type { CertifiedName } from "./roles.ts";

/** Bytes of a certificate: ours have some hundred. */
const CERTIFICATE_BYTES_MAX = 64 * 1024;

/** Names of a subject; ours have a few. */
const NAMES_MAX = 64;

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const PRINTABLE_STRING = 0x13;
const IA5_STRING = 0x16;
/** `[0] EXPLICIT`: the version, absent of certificates of version 1. */
const VERSION = 0xa0;

/** 2.5.4.3 and 2.5.4.10, as they are encoded, in hexadecimal. */
const COMMON_NAME = "55,4,3";
const ORGANIZATION = "55,4,a";

/** A certificate, as far as callers are judged by it. */
export interface CallerCertificate extends CertifiedName {
  /** When it ends, in milliseconds since 1970. */
  readonly notAfterMs: number;
}

/**
 * Reads a certificate that was verified.
 *
 * @param der The certificate.
 * @throws {RangeError} It is none, or a part of it is not whole.
 */
export function callerCertificate(der: Uint8Array): CallerCertificate {
  if (der.length > CERTIFICATE_BYTES_MAX) throw malformed(`has ${der.length} bytes`);
  const certificate = new DerReader(der).enter(SEQUENCE);
  const signed = certificate.enter(SEQUENCE);
  if (signed.tag === VERSION) signed.skip();
  // Serial number, algorithm, issuer.
  for (let part = 0; part < 3; part++) signed.skip();
  const validity = signed.enter(SEQUENCE);
  validity.skip();
  const notAfterMs = timeOf(validity);
  const names = subjectNames(signed.enter(SEQUENCE));
  return {
    name: names.findLast(([kind]) => kind === COMMON_NAME)?.[1] ?? "",
    organizations: names.filter(([kind]) => kind === ORGANIZATION).map(([, value]) => value),
    notAfterMs,
  };
}

/** Of the two forms, one has a century; the other means 1950 to 2049. */
function timeOf(reader: DerReader): number {
  const form = reader.tag === GENERALIZED_TIME ? GENERALIZED_TIME : UTC_TIME;
  const digits = text(reader.take(form));
  const century = Number(digits.slice(0, 2)) < 50 ? "20" : "19";
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(
      form === UTC_TIME ? century + digits : digits,
    ) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time)) throw malformed("ends at no time");
  return time;
}

/** Kinds and values. A value of no known form of text is left out: no role is guessed. */
function subjectNames(subject: DerReader): readonly (readonly [string, string])[] {
  const names: (readonly [string, string])[] = [];
  while (!subject.atEnd) {
    const set = subject.enter(SET);
    while (!set.atEnd) {
      if (names.length === NAMES_MAX) throw malformed(`names more than ${NAMES_MAX} things`);
      const pair = set.enter(SEQUENCE);
      const kind = [...pair.take(OBJECT_IDENTIFIER)].map((byte) => byte.toString(16)).join(",");
      const tag = pair.tag;
      const bytes = pair.take(tag);
      if (tag !== UTF8_STRING && tag !== PRINTABLE_STRING && tag !== IA5_STRING) continue;
      names.push([kind, text(bytes)]);
    }
  }
  return names;
}

function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw malformed("holds a name that is no text", { cause });
  }
}

/** Elements of DER one after another. */
class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Of the next element; 0 at the end. */
  get tag(): number {
    return this.#bytes[this.#at] ?? 0;
  }

  /** Passes an element. */
  skip(): void {
    this.take(this.tag);
  }

  /** What is within the next element. */
  enter(tag: number): DerReader {
    return new DerReader(this.take(tag));
  }

  /** The bytes of the next element. @throws {RangeError} It has another tag, or is cut off. */
  take(tag: number): Uint8Array {
    if (this.atEnd || this.tag !== tag || (tag & 0x1f) === 0x1f) {
      throw malformed(`has 0x${this.tag.toString(16)} where 0x${tag.toString(16)} must be`);
    }
    const start = this.#at + 2;
    const first = this.#bytes[this.#at + 1] ?? 0xff;
    const more = first < 0x80 ? 0 : first & 0x7f;
    if (more > 3 || first === 0x80) throw malformed("has an element of no known length");
    let length = more === 0 ? first : 0;
    for (const byte of this.#bytes.subarray(start, start + more)) length = length * 256 + byte;
    const end = start + more + length;
    if (end > this.#bytes.length) throw malformed("is cut off");
    this.#at = end;
    return this.#bytes.subarray(start + more, end);
  }
}

function malformed(what: string, options?: ErrorOptions): RangeError {
  return new RangeError(`Cannot read certificate: it ${what}`, options);
}
