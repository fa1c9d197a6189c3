/** Certificates of a development machine: made at its first start, kept while they hold. */
import { X509Certificate } from "node:crypto";
import { join } from "@std/path/posix";
import type { MachineFolder } from "./machine_folder.ts";

/** How long they hold: a month, since a development machine is soon made anew. */
const HOURS = 30 * 24;

/** Milliseconds they must still hold at a start; else they are made anew. */
const LEFT_MS_MIN = 24 * 3_600_000;

/** What the client of `up` is called in causes. */
const CLIENT_NAME = "dev";

/** Files in PEM. */
export interface MachineCertificates {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** The names inside the folder; nothing is touched. */
export function machineCertificates({ path }: MachineFolder): MachineCertificates {
  const pair = (name: string) => ({
    cert: join(path, "tls", `${name}.crt`),
    key: join(path, "tls", `${name}.key`),
  });
  return { ca: join(path, "tls", "ca.crt"), server: pair("server"), client: pair("client") };
}

/** Makes the files where one is missing, unreadable or about to end; for its owner alone, keys and all. */
export async function prepareCertificates(
  folder: MachineFolder,
  nowMs: number,
): Promise<MachineCertificates> {
  const files = machineCertificates(folder);
  if (await holdAll(files, nowMs)) return files;
  // Loaded only here: it is large, and other starts need nothing of it.
  const { certificatesFor } = await import("../api/certificates/certificates_for.ts");
  const made = await certificatesFor({
    hosts: [],
    roles: ["os:admin"],
    name: CLIENT_NAME,
    hours: HOURS,
    now: new Date(nowMs),
  });
  await Deno.mkdir(join(folder.path, "tls"), { recursive: true, mode: 0o700 });
  // Nobody signs with the authority again: its key is not kept.
  await write(files.ca, made.ca.cert);
  for (const name of ["server", "client"] as const) {
    await write(files[name].key, made[name].key);
    await write(files[name].cert, made[name].cert);
  }
  return files;
}

async function holdAll(files: MachineCertificates, nowMs: number): Promise<boolean> {
  try {
    const [ca, server, client] = await Promise.all(
      [files.ca, files.server.cert, files.client.cert].map((path) => Deno.readTextFile(path)),
    );
    await Promise.all([files.server.key, files.client.key].map((path) => Deno.stat(path)));
    const authority = new X509Certificate(ca ?? "");
    return [server, client].every((pem) => {
      const certificate = new X509Certificate(pem ?? "");
      return certificate.verify(authority.publicKey) &&
        Date.parse(certificate.validTo) - nowMs > LEFT_MS_MIN;
    });
  } catch {
    return false; // Made anew, whatever is wrong with them.
  }
}

async function write(path: string, text: string): Promise<void> {
  await Deno.remove(path).catch(() => {}); // It may not be there; what else is wrong the next line says.
  await Deno.writeTextFile(path, text, { createNew: true, mode: 0o600 });
}
