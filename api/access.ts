/**
 * Who may call (interfaces.md §6): bearer token, Host and Origin on TCP in clear, the certificate on TLS; unix sockets are
 * guarded by file mode. Who comes by apid was judged by these rules there, and its roles are believed.
 */
import {
  certifiedIdentity,
  type CertifiedName,
  type Identity,
  LOCAL_ADMIN,
  ROLES,
} from "./authorization/roles.ts";
import { forwardedAccess } from "./forwarded.ts";
import { Problem } from "./problem.ts";

/** How a request came in. `apid` is the socket that apid alone can open: its callers are those that it names. */
export type Transport = "unix" | "tcp" | "tls" | "apid";

/** Where a request comes from. */
export interface Origin {
  readonly transport: Transport;
  /** On TLS, and verified. The same object for all of a connection. */
  readonly certificate?: CertifiedName;
}

/** What access is judged by. */
export interface AccessOptions {
  /** Absent: nothing but the open routes answers on TCP. Never logged. */
  readonly token?: string;
  /** Host names or addresses besides the loopback ones, as in `Host`, without port. */
  readonly hosts?: readonly string[];
}

/** What of a request is looked at; a `Request` is one. */
export interface Asked {
  readonly url: string;
  readonly headers: { get(name: string): string | null };
}

/** Judges requests. */
export interface Access {
  /** Lets the request in, or throws. @returns Who asks. @throws {Problem} 401, 403. */
  admit(request: Asked, origin: Origin): Identity;
}

/** Forms of allowed hosts that are kept: with their ports a caller can make up as many as it likes. */
const HOSTS_KEPT_MAX = 64;

const LOOPBACK_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];
const UNSPECIFIED_HOSTS: readonly string[] = ["0.0.0.0", "[::]"];
/** After URL has normalized it: dotted decimal, or IPv6 in brackets. */
const ADDRESS_REGEXP = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;

/** Makes the judge. */
export function access(options: AccessOptions): Access {
  const given = (options.hosts ?? []).map(normalizedHost);
  const hosts = new Set([...LOOPBACK_HOSTS, ...given]);
  // Bound to every address, it may be called by any of them; a name that was made to point here stays refused.
  const anyAddress = given.some((host) => UNSPECIFIED_HOSTS.includes(host));

  /** As `Host` named them, and found allowed. */
  const named = new Set<string>();

  function isAllowed(host: string): boolean {
    return hosts.has(host) || (anyAddress && ADDRESS_REGEXP.test(host));
  }

  function may(): string {
    return `and may be ${[...hosts].join(", ")}`;
  }

  function judgeNames(request: Asked): void {
    const authority = request.headers.get("host") ?? new URL(request.url).host;
    if (!named.has(authority)) {
      const host = hostOf(`http://${authority}`);
      if (host === undefined || !isAllowed(host)) throw denied(`Host is not allowed, ${may()}`);
      if (named.size < HOSTS_KEPT_MAX) named.add(authority);
    }
    const origin = request.headers.get("origin");
    if (origin === null) return;
    const from = hostOf(origin);
    if (from === undefined || !isAllowed(from)) throw denied(`Origin is not allowed, ${may()}`);
  }

  const judgeToken = tokenJudge(options.token);
  const certified = certifiedAccess();
  const forwarded = forwardedAccess();
  return {
    admit(request, { transport, certificate }) {
      if (transport === "tls") return certified(request, certificate);
      if (transport === "apid") return forwarded(request);
      if (transport === "tcp") {
        judgeNames(request);
        judgeToken(request);
      }
      return LOCAL_ADMIN;
    },
  };
}

/** Judges callers by the token. */
function tokenJudge(token: string | undefined): (request: Asked) => void {
  return (request) => {
    if (token === undefined) {
      throw denied("no token is configured, so only /livez, /readyz, /healthz, /version answer");
    }
    const given = request.headers.get("authorization") ?? "";
    const [scheme = "", credentials = ""] = given.split(" ", 2);
    if (scheme.toLowerCase() === "bearer" && equalInConstantTime(token, credentials)) return;
    throw new Problem({
      status: 401,
      code: "unauthenticated",
      detail: scheme === ""
        ? "Authorization is missing, and may be Bearer TOKEN"
        : "Authorization is not accepted, and may be Bearer TOKEN with the token of this machine",
      headers: { "www-authenticate": 'Bearer realm="strata"' },
    });
  };
}

/** Judges callers with certificates. */
function certifiedAccess(): (request: Asked, certificate?: CertifiedName) => Identity {
  const known = new WeakMap<CertifiedName, Identity>();
  return (request, certificate) => {
    if (certificate === undefined) throw denied("a client certificate is missing");
    let identity = known.get(certificate);
    if (identity === undefined) known.set(certificate, identity = certifiedIdentity(certificate));
    if (identity.roles.length === 0) {
      const may = ROLES.join(", ");
      throw denied(`the certificate names no role, and may name ${may} as its organisation`);
    }
    // A page of elsewhere must not use the certificate that a browser holds. The host's name is judged by the handshake.
    const origin = request.headers.get("origin");
    if (origin === null || isSameOrigin(origin, request)) return identity;
    throw denied("Origin is not allowed, and may be the machine's own");
  };
}

/** Takes as long for any guess of one length; that length differs may be learnt, and is no secret. */
function equalInConstantTime(secret: string, guess: string): boolean {
  let difference = secret.length ^ guess.length;
  for (let index = 0; index < guess.length; index++) {
    difference |= secret.charCodeAt(index % secret.length) ^ guess.charCodeAt(index);
  }
  return difference === 0 && secret.length > 0;
}

/** The host name of a URL without its port, in lower case. */
function hostOf(url: string): string | undefined {
  return URL.parse(url)?.hostname.toLowerCase();
}

/** Whether a page asks the very host that it came from. */
function isSameOrigin(origin: string, { url, headers }: Asked): boolean {
  const host = headers.get("host");
  const from = URL.parse(origin);
  return from !== null && from.protocol === "https:" &&
    from.host === URL.parse(`https://${host ?? new URL(url).host}`)?.host;
}

function normalizedHost(host: string): string {
  const bare = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return hostOf(`http://${bare}`) ?? bare.toLowerCase();
}

function denied(detail: string): Problem {
  return new Problem({ status: 403, code: "access-denied", detail });
}
