/** Unary calls over TLS with client certificates. */
import { join } from "@std/path/posix";
import { certificatesFor } from "../../api/certificates/certificates_for.ts";
import type { Figure } from "./figures.ts";
import { output } from "./programs.ts";
import { loadResources } from "./wire_loads.ts";
import { startServer } from "./wire_servers.ts";

/** Calls that count; half as many go before. */
const CALLS = 60_000;
const LOAD_MS_MAX = 120_000;

/** What is called, and by what. */
export interface LoadPlace {
  readonly side: "ours" | "peer";
  /** The program with Go's server and clients. */
  readonly peer: string;
  readonly directory: string;
}

/** Names of the figures. */
export const TLS_FIGURES = {
  clear: "Get in clear, the same client",
  tls: "Get over mTLS",
  /** Ours with certificates, Go's without. */
  against: "Get over mTLS, Go's in clear",
} as const;

/**
 * Calls the same Get in clear and over mTLS. By Go's client: h2load can show no certificate.
 */
export async function measureTls({ side, peer, directory }: LoadPlace): Promise<readonly Figure[]> {
  const folder = await certificates(directory);
  const socket = join(directory, `${side}.sock`);
  await using server = await startServer(side, { peer, socket, folder });
  await loadResources(peer, socket);
  const measure = (address: string) => getsByTls({ peer, folder, address });
  const clear = await measure(`unix:${socket}`);
  const tls = await measure(`127.0.0.1:${server.ports[0]}`);
  return [
    { name: TLS_FIGURES.clear, unit: "op/s", value: clear },
    { name: TLS_FIGURES.tls, unit: "op/s", value: tls },
    { name: TLS_FIGURES.against, unit: "op/s", value: side === "ours" ? tls : clear },
  ];
}

/** Calls Get by Go's client, with a certificate where it is not a unix socket. @returns Calls a second. */
export async function getsByTls(
  { peer, folder, address }: {
    readonly peer: string;
    readonly folder: string;
    readonly address: string;
  },
): Promise<number> {
  const args = ["unary", address, folder, String(CALLS)];
  return Number(await output({ program: peer, args, msMax: LOAD_MS_MAX }));
}

/** A folder with an authority and its pairs, made once. */
export async function certificates(directory: string): Promise<string> {
  const folder = join(directory, "certs");
  const made = await Deno.stat(folder).then(() => true, () => false);
  if (made) return folder;
  const { ca, server, client } = await certificatesFor({
    hosts: [],
    roles: ["os:admin"],
    name: "bench",
    hours: 24,
    now: new Date(),
  });
  await Deno.mkdir(folder, { mode: 0o700 });
  for (const [name, { cert, key }] of Object.entries({ ca, server, client })) {
    await Deno.writeTextFile(join(folder, `${name}.crt`), cert);
    await Deno.writeTextFile(join(folder, `${name}.key`), key);
  }
  return folder;
}
