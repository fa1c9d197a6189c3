/** The kernel argument `ip=`, which the agent reads because the kernel has no IP autoconfiguration. */

/** A network interface as `ip=` describes it. */
export interface IpConfiguration {
  /** Such as `10.0.2.15/24`. */
  readonly address: string;
  /** undefined for none. */
  readonly gateway: string | undefined;
  readonly hostname: string | undefined;
  /** Name of the interface; undefined leaves the choice to the agent. */
  readonly device: string | undefined;
  readonly nameservers: readonly string[];
}

const FORM = "CLIENT:SERVER:GATEWAY:NETMASK:HOSTNAME:DEVICE:AUTOCONF:DNS0:DNS1";
const EXAMPLE = "10.0.2.15::10.0.2.2:255.255.255.0:strata:eth0:off:10.0.2.3";
/** Words of AUTOCONF for "as written". */
const STATIC = ["", "off", "none"];
/** Words of AUTOCONF for "ask the network". */
const DYNAMIC = ["on", "any", "dhcp", "bootp", "rarp", "both"];
/** The form above, with the time server the kernel's has behind it. */
const FIELDS_MAX = 10;
/** IFNAMSIZ less the NUL. */
const DEVICE_LETTERS_MAX = 15;
/** HOST_NAME_MAX. */
const HOSTNAME_LETTERS_MAX = 64;

/**
 * Reads the value of `ip=`: {@linkcode FORM}, or `off`.
 *
 * @returns undefined for `off` and `none`: the network is left alone.
 * @throws {SyntaxError} Names what is wrong and what may be; so for every way of asking the network (`dhcp`), which
 * does not work yet.
 * @see https://docs.kernel.org/admin-guide/nfs/nfsroot.html
 */
export function parseIpArgument(value: string): IpConfiguration | undefined {
  if (value === "off" || value === "none") return undefined;
  if (DYNAMIC.includes(value)) throw notYet(value, value);
  const fields = value.split(":");
  if (fields.length > FIELDS_MAX) {
    throw wrong(value, `it has ${fields.length} fields, must be ${FORM} (IPv4)`);
  }
  const [client = "", , gateway = "", netmask = "", hostname = "", device = "", autoconf = ""] =
    fields;
  if (DYNAMIC.includes(autoconf)) throw notYet(value, autoconf);
  if (!STATIC.includes(autoconf)) {
    throw wrong(value, `AUTOCONF is "${autoconf}", must be off or none`);
  }
  return {
    address: `${address(value, "CLIENT", client)}/${prefixLength(value, netmask)}`,
    gateway: isGiven(gateway) ? address(value, "GATEWAY", gateway) : undefined,
    hostname: hostname === "" ? undefined : checkedHostname(value, hostname),
    device: device === "" ? undefined : checkedDevice(value, device),
    nameservers: fields.slice(7, 9).flatMap((each, index) =>
      isGiven(each) ? [address(value, `DNS${index}`, each)] : []
    ),
  };
}

function isGiven(field: string): boolean {
  return field !== "" && field !== "0.0.0.0";
}

function address(value: string, field: string, text: string): string {
  if (!isGiven(text) || bits(text) === undefined) {
    const what = text === "" ? "is missing" : `is "${text}"`;
    throw wrong(value, `${field} ${what}, must be an IPv4 address such as 10.0.2.15`);
  }
  return text;
}

function prefixLength(value: string, netmask: string): number {
  const mask = bits(netmask);
  // A mask is ones, then zeros: its complement plus one is a power of two.
  const hosts = mask === undefined ? undefined : (~mask >>> 0) + 1;
  if (hosts === undefined || !Number.isInteger(Math.log2(hosts))) {
    const what = netmask === "" ? "is missing" : `is "${netmask}"`;
    throw wrong(value, `NETMASK ${what}, must be a mask such as 255.255.255.0`);
  }
  return 32 - Math.log2(hosts);
}

/** An IPv4 address as an unsigned number of 32 bits, or undefined. */
function bits(text: string): number | undefined {
  const octets = text.split(".");
  const isAddress = octets.length === 4 &&
    octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256);
  if (!isAddress) return undefined;
  return octets.reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function checkedHostname(value: string, hostname: string): string {
  const isName = hostname.length <= HOSTNAME_LETTERS_MAX &&
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(hostname);
  if (!isName) {
    const rule = `letters, digits, "-" and ".", at most ${HOSTNAME_LETTERS_MAX}`;
    throw wrong(value, `HOSTNAME is "${hostname}", must be of ${rule}`);
  }
  return hostname;
}

function checkedDevice(value: string, device: string): string {
  const isName = device.length <= DEVICE_LETTERS_MAX && /^[^/\s]+$/.test(device) &&
    device !== "." && device !== "..";
  if (!isName) {
    const rule = `such as eth0, at most ${DEVICE_LETTERS_MAX} letters, no "/" and no space`;
    throw wrong(value, `DEVICE is "${device}", must be the name of an interface ${rule}`);
  }
  return device;
}

function notYet(value: string, word: string): SyntaxError {
  return wrong(value, `"${word}" does not work yet, must be written out such as ip=${EXAMPLE}`);
}

function wrong(value: string, what: string): SyntaxError {
  return new SyntaxError(`Cannot use kernel argument "ip=${value}": ${what}`);
}
