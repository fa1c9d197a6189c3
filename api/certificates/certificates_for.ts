/** What a machine and its first user need to know each other. */
import { type Authority, newAuthority, readAuthority } from "./authority.ts";
import type { CertificatePair, Validity } from "./certificate_pair.ts";

/** Hours of a certificate unless told otherwise: a year. */
export const HOURS_DEFAULT = 8_760;

/** The most hours, a hundred years: later, times need another form. */
export const HOURS_MAX = 876_000;

/** Milliseconds that a certificate begins before it is made: clocks of two machines differ. */
const EARLIER_MS = 10 * 60_000;

const HOUR_MS = 3_600_000;

/** Where every machine may be called: tunnels and forwarded ports end there. */
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "::1"];

/** What certificates are wanted. */
export interface CertificatesRequest {
  /** Names and addresses of the machine besides those of loopback. */
  readonly hosts: readonly string[];
  /** Organisations of the client: `os:reader`, `os:operator`, `os:admin`. */
  readonly roles: readonly string[];
  /** Name of the client, which causes and logs tell. */
  readonly name: string;
  /** How long they hold, 1 to {@linkcode HOURS_MAX}. */
  readonly hours: number;
  /** Vouches for both; one is made unless given. */
  readonly authority?: CertificatePair;
  readonly now: Date;
}

/** The authority, the machine's pair and the client's. */
export interface Certificates {
  readonly ca: CertificatePair;
  readonly server: CertificatePair;
  readonly client: CertificatePair;
}

/** Makes them. @throws {RangeError} A name, a host, the hours or the authority is none. */
export async function certificatesFor(request: CertificatesRequest): Promise<Certificates> {
  const { hosts, roles, name, hours, now } = request;
  if (!(Number.isInteger(hours) && hours >= 1 && hours <= HOURS_MAX)) {
    throw new RangeError(`Cannot make certificates for ${hours} hours: may be 1 to ${HOURS_MAX}`);
  }
  const validity: Validity = {
    notBefore: new Date(now.getTime() - EARLIER_MS),
    notAfter: new Date(now.getTime() + hours * HOUR_MS),
  };
  const authority = await authorityOf(request, validity);
  const names = [...new Set([...hosts, ...LOOPBACK])];
  return {
    ca: authority.pair,
    server: await authority.issueServer({ hosts: names, ...validity }),
    client: await authority.issueClient({ name, roles, ...validity }),
  };
}

async function authorityOf(request: CertificatesRequest, validity: Validity): Promise<Authority> {
  if (request.authority !== undefined) return await readAuthority(request.authority);
  return await newAuthority({ name: "strata", ...validity });
}
