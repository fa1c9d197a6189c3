/** IPv4 addresses as the kernel takes them. */

/** An address and the length of its network's part. */
export interface InetPrefix {
  /** Four, in the order of the wire. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** 0 … 32. */
  readonly prefixLength: number;
}

/** Reads `a.b.c.d`. @throws {RangeError} It is not one. */
export function parseInetAddress(text: string): Uint8Array<ArrayBuffer> {
  const bytes = inetBytes(text);
  if (bytes !== undefined) return bytes;
  throw new RangeError(`Cannot use address ${JSON.stringify(text)}: it may be like 10.0.2.15`);
}

/** Reads `a.b.c.d/n`. @throws {RangeError} It is not one. */
export function parseInetPrefix(text: string): InetPrefix {
  const [, address = "", length = ""] = /^([^/]*)\/(0|[1-9]\d?)$/.exec(text) ?? [];
  const bytes = inetBytes(address);
  const prefixLength = Number(length);
  if (bytes !== undefined && prefixLength <= 32) return { bytes, prefixLength };
  throw new RangeError(`Cannot use address ${JSON.stringify(text)}: it may be like 10.0.2.15/24`);
}

function inetBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  const parts = text.split(".");
  const isByte = (part: string): boolean => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255;
  return parts.length === 4 && parts.every(isByte) ? Uint8Array.from(parts, Number) : undefined;
}
