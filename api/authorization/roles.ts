/** Who calls, and in which roles (contracts/talos.md §4.4). */

/** Reads what is no secret. */
export const READER = "os:reader";

/** Reads, and ends or restarts what runs. */
export const OPERATOR = "os:operator";

/** Everything. */
export const ADMIN = "os:admin";

/** All roles there are. A certificate may name others of that form, which mean nothing here. */
export const ROLES = [READER, OPERATOR, ADMIN] as const;

export type Role = typeof ROLES[number];

/** A caller that was let in: made once a connection, and the same object for all of its calls. */
export interface Identity {
  /** For causes and logs. */
  readonly actor: string;
  /** Without any, nothing but the open routes is answered. */
  readonly roles: readonly Role[];
}

/** Callers on unix sockets and those with the token. */
export const LOCAL_ADMIN: Identity = Object.freeze({
  actor: ADMIN,
  roles: Object.freeze([ADMIN] as const),
});

/** Whoever nobody let in. */
export const NOBODY: Identity = Object.freeze({ actor: "", roles: Object.freeze([] as const) });

/** Characters of a certificate's name that go into causes. */
const NAME_LENGTH_MAX = 128;

/** A certificate that was verified, as far as it tells who holds it. */
export interface CertifiedName {
  /** Its subject's common name, empty where it has none. */
  readonly name: string;
  /** Its subject's organisations: the roles of its holder. */
  readonly organizations: readonly string[];
}

/** The holder of a certificate: `NAME (ROLE, …)`, so that no name passes for a controller's or for another role. */
export function certifiedIdentity({ name, organizations }: CertifiedName): Identity {
  const roles = ROLES.filter((role) => organizations.includes(role));
  const who = name.replaceAll(/[\p{Cc}\p{Cs}()]/gu, "?").slice(0, NAME_LENGTH_MAX).toWellFormed();
  const held = `(${roles.length === 0 ? "no role" : roles.join(", ")})`;
  return Object.freeze({
    actor: who === "" ? held : `${who} ${held}`,
    roles: Object.freeze(roles),
  });
}

/** Whether the caller is one of those. */
export function isOneOf(identity: Identity, roles: readonly Role[]): boolean {
  return identity.roles.some((role) => roles.includes(role));
}
