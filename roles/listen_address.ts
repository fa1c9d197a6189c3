/** Where something listens, as people write it. */

/** Splits `ADDRESS:PORT`, the address in brackets where it is IPv6. @throws {RangeError} It is none. */
export function parseHttp(text: string): { hostname: string; port: number } {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:\[\]/?#@\\%]+)):(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  const hostname = parts?.[1] ?? parts?.[2];
  if (hostname === undefined || !(port >= 0 && port <= 65_535)) {
    throw new RangeError(`Cannot listen on "${text}": not ADDRESS:PORT with a port of 0 to 65535`);
  }
  return { hostname, port };
}

/** The text {@linkcode parseHttp} reads. */
export function httpText(http: { readonly hostname: string; readonly port: number }): string {
  const { hostname, port } = http;
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
