/** Certificates of every kind that a caller may come with. */
import { newAuthority } from "../../api/certificates/authority.ts";
import type { CertificatePair, Validity } from "../../api/certificates/certificate_pair.ts";

const DAY_MS = 86_400_000;

/** The machine's pair, whom it believes, and what callers may hold. */
export interface CallerCertificates {
  /** Authority of the machine and of its callers, in PEM. */
  readonly ca: string;
  readonly server: CertificatePair;
  readonly reader: CertificatePair;
  readonly operator: CertificatePair;
  readonly admin: CertificatePair;
  /** Of an organisation that is no role. */
  readonly nobody: CertificatePair;
  readonly expired: CertificatePair;
  readonly notYet: CertificatePair;
  /** An admin's by the word of another authority. */
  readonly stranger: CertificatePair;
  /** An admin's by the word of another authority that has the name of ours. */
  readonly impostor: CertificatePair;
  /** The machine's own kind, which is for no client. */
  readonly forServers: CertificatePair;
}

/** Makes them; some tens of milliseconds. */
export async function callerCertificates(): Promise<CallerCertificates> {
  const current = span(-1, 1);
  const ours = await newAuthority({ name: "strata", ...current });
  const others = await newAuthority({ name: "others", ...current });
  const twin = await newAuthority({ name: "strata", ...current });
  const admin = { name: "ann", roles: ["os:admin"] };
  const client = (name: string, role: string) =>
    ours.issueClient({ name, roles: [role], ...current });
  return {
    ca: ours.pair.cert,
    server: await ours.issueServer({ hosts: ["localhost", "127.0.0.1"], ...current }),
    reader: await client("rita", "os:reader"),
    operator: await client("otto", "os:operator"),
    admin: await client("ann", "os:admin"),
    nobody: await client("nobody", "Some Company"),
    expired: await ours.issueClient({ ...admin, ...span(-2, -1) }),
    notYet: await ours.issueClient({ ...admin, ...span(1, 2) }),
    stranger: await others.issueClient({ ...admin, ...current }),
    impostor: await twin.issueClient({ ...admin, ...current }),
    forServers: await ours.issueServer({ hosts: ["localhost"], ...current }),
  };
}

function span(fromDays: number, toDays: number): Validity {
  const now = Date.now();
  return {
    notBefore: new Date(now + fromDays * DAY_MS),
    notAfter: new Date(now + toDays * DAY_MS),
  };
}
