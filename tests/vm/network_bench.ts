/** A running machine and those who call it with certificates. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path/posix";
import { MachineService } from "../../proto/gen/machine/machine_pb.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";
import type { Place } from "../judges/client_programs.ts";
import { until } from "./asking.ts";
import type { TestMachine, TlsFiles } from "./machine.ts";
import type { MachineStubs } from "./machine_stubs.ts";

/** Bytes of a message of Read at most; a client that was told nothing takes 4 MiB. */
const PIECE_BYTES_MAX = 64 * 1024;

const CALLERS = ["admin", "operator", "reader", "nobody", "expired", "stranger"] as const;

/** Callers by what they come with; `bare` has no certificate. */
export type Callers = Readonly<Record<typeof CALLERS[number] | "bare", Place>>;

/** What its clients are tried with. */
export interface NetworkBench {
  readonly machine: TestMachine;
  readonly stubs: MachineStubs;
  readonly callers: Callers;
  /** The image's root, unpacked by this host. */
  readonly root: string;
}

/** Writes the certificates down: the machine's, and for each caller at `endpoint` its own. */
export async function certificateFiles(
  folder: string,
): Promise<{ tls: TlsFiles; callers: (endpoint: string) => Callers }> {
  const made = await callerCertificates();
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    return path;
  };
  const pairOf = async (name: "server" | typeof CALLERS[number]) => ({
    cert: await write(`${name}.crt`, made[name].cert),
    key: await write(`${name}.key`, made[name].key),
  });
  const ca = await write("ca.crt", made.ca);
  const server = await pairOf("server");
  const pairs = await Promise.all(CALLERS.map(async (name) => [name, await pairOf(name)] as const));
  return {
    tls: { caFile: ca, certFile: server.cert, keyFile: server.key },
    callers: (endpoint) => ({
      bare: { endpoint, ca },
      ...Object.fromEntries(pairs.map(([name, pair]) => [name, { endpoint, ca, ...pair }])),
    } as Callers),
  };
}

/** Waits until the machine listens for callers with certificates, which it does soon after it is ready. */
export async function listening({ stubs, callers }: NetworkBench): Promise<void> {
  await until("TLS", async () => {
    const { code, said } = await stubs(callers.admin, MachineService.method.version);
    if (code !== "Unavailable") assertEquals(code, "OK", said);
    return code === "OK" ? true : undefined;
  });
}

/** All bytes of a file, in pieces as they should be. */
export async function bytesOf({ stubs, callers }: NetworkBench, path: string): Promise<Uint8Array> {
  const { code, said, messages } = await stubs(callers.admin, MachineService.method.read, { path });
  assertEquals([code, said], ["OK", ""], path);
  for (const { metadata, bytes } of messages) {
    assertEquals(metadata, undefined);
    assert(bytes.length > 0 && bytes.length <= PIECE_BYTES_MAX, `${bytes.length} bytes`);
  }
  return Uint8Array.from(messages.flatMap(({ bytes }) => [...bytes]));
}

/** The same of a text. */
export async function textOf(bench: NetworkBench, path: string): Promise<string> {
  return new TextDecoder().decode(await bytesOf(bench, path));
}
