/** What may stand in a certificate of ours: the library reads some letters as more than text. */

/** Letters of a name: RFC 5280 allows 64. */
const NAME_LENGTH_MAX = 64;

/** Letters of a host's name. */
const HOST_LENGTH_MAX = 253;

/** @throws {RangeError} */
export function requireName(name: string): string {
  if (name.length <= NAME_LENGTH_MAX && /^[\p{L}\p{N}][\p{L}\p{N}.:@_ -]*$/u.test(name)) {
    return name;
  }
  throw new RangeError(
    `Cannot name a certificate ${
      JSON.stringify(name.slice(0, NAME_LENGTH_MAX))
    }: must be letters, ` +
      `digits, ".", ":", "@", "_", "-" and spaces, at most ${NAME_LENGTH_MAX}`,
  );
}

/** An address without brackets, or a name in lower case, which may begin with `*.`. @throws {RangeError} */
export function requireHost(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (isAddress(bare)) return bare;
  const isName = bare.length <= HOST_LENGTH_MAX &&
    /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(bare);
  // What is all digits and dots is an address that is none.
  if (isName && !/^[0-9.]+$/.test(bare)) return bare;
  throw new RangeError(
    `Cannot make a certificate for ${
      JSON.stringify(host.slice(0, 64))
    }: must be a host name or an IP address`,
  );
}

/** Whether it is an IP address. */
export function isAddress(host: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return URL.parse(`http://${host}`)?.hostname === host;
  return host.includes(":") && URL.canParse(`http://[${host}]`);
}
