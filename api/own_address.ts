/** Callers on the machine itself. */

const MAPPED = "::ffff:";

/** Whether who connects does so from the machine that it connects to: by loopback, or by the very address it came to. */
export function isOwnAddress(
  { hostname: from }: Pick<Deno.NetAddr, "hostname">,
  { hostname: to }: Pick<Deno.NetAddr, "hostname">,
): boolean {
  const address = plain(from);
  return address === "::1" || address.startsWith("127.") || address === plain(to);
}

/** Of IPv4 in the form of IPv6 the former; without a zone. */
function plain(hostname: string): string {
  const [address = ""] = hostname.toLowerCase().split("%", 1);
  return address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
}
