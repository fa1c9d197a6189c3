/**
 * Callers that another process of the machine has let in: apid judges them at its listeners, and says of each request whose
 * it is by headers of this one. They are read on the one socket that apid alone can open; on all others they mean nothing.
 */
import type { Asked, Origin } from "./access.ts";
import { certifiedIdentity, type Identity, type Role, ROLES } from "./authorization/roles.ts";
import type { HeaderPairs } from "./http2/header_pairs.ts";
import { Problem } from "./problem.ts";

/** What names of headers begin with that only apid may send: of its callers they are dropped. */
export const FORWARDED_PREFIX = "strata-";

/** Roles of the caller, separated by commas. */
const ROLES_HEADER = "strata-roles";
/** Its name, percent-encoded; absent of callers without a certificate. */
const CALLER_HEADER = "strata-caller";
/** Its address. */
const CLIENT_HEADER = "strata-client";
/** What it came over. */
const TRANSPORT_HEADER = "strata-transport";

/** Characters of an address: IPv6 with a zone has fewer. */
const ADDRESS_LENGTH_MAX = 64;

/** Characters of a name that are passed on: more are never shown. */
const NAME_LENGTH_MAX = 256;

/** Callers that are remembered; those of all open connections, but for a few that come again. */
const KNOWN_MAX = 256;

/** A connection's end, as far as it is told of. */
export interface ForwardedOrigin extends Origin {
  readonly client?: string;
}

/** What is said of a caller. @param identity Undefined of who was not asked who it is: it is in no role. */
export function forwardedPairs(
  identity: Identity | undefined,
  { transport, certificate, client }: ForwardedOrigin,
): HeaderPairs {
  const pairs = [ROLES_HEADER, identity?.roles.join(",") ?? "", TRANSPORT_HEADER, transport];
  if (client !== undefined) pairs.push(CLIENT_HEADER, client);
  if (certificate !== undefined && identity !== undefined) {
    const name = certificate.name.slice(0, NAME_LENGTH_MAX).toWellFormed();
    pairs.push(CALLER_HEADER, encodeURIComponent(name));
  }
  return pairs;
}

/** Judges requests that were forwarded. @returns Who asks. @throws {Problem} 403. */
export function forwardedAccess(): (request: Asked) => Identity {
  const known = new Map<string, Identity>();
  return ({ headers }) => {
    const roles = headers.get(ROLES_HEADER);
    const caller = headers.get(CALLER_HEADER);
    if (roles === null || roles === "") throw denied("the caller was let in in no role");
    const key = `${roles}\n${caller ?? "\n"}`;
    let identity = known.get(key);
    if (identity !== undefined) return identity;
    identity = identityOf(rolesOf(roles), caller);
    if (known.size === KNOWN_MAX) known.clear();
    known.set(key, identity);
    return identity;
  };
}

/** The address that bounds are kept by; undefined of callers without bounds of their own. */
export function clientOf(
  headers: Asked["headers"],
  { transport, client }: ForwardedOrigin,
): string | undefined {
  if (transport !== "apid") return client;
  return headers.get(CLIENT_HEADER)?.slice(0, ADDRESS_LENGTH_MAX);
}

function rolesOf(text: string): readonly Role[] {
  return text.split(",").map((name) => {
    const role = ROLES.find((each) => each === name);
    if (role === undefined) {
      throw denied(`${ROLES_HEADER} is malformed, and may be ${ROLES.join(",")}`);
    }
    return role;
  });
}

/** As if it had come here itself: by a certificate, or by the token, which has no name. */
function identityOf(roles: readonly Role[], caller: string | null): Identity {
  if (caller === null) return Object.freeze({ actor: roles.join(", "), roles });
  let name: string;
  try {
    name = decodeURIComponent(caller);
  } catch {
    throw denied(`${CALLER_HEADER} is malformed, and may be a percent-encoded name`);
  }
  return certifiedIdentity({ name, organizations: roles });
}

function denied(detail: string): Problem {
  return new Problem({ status: 403, code: "access-denied", detail });
}
