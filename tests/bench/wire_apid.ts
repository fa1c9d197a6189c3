/** The same calls through our proxy, a process of its own, and to our server itself. */
import { join } from "@std/path/posix";
import type { Figure } from "./figures.ts";
import { getByToken } from "./wire_http.ts";
import { loadResources } from "./wire_loads.ts";
import { startServer } from "./wire_servers.ts";
import { certificates, getsByTls, type LoadPlace } from "./wire_tls.ts";

/** Names of the figures. */
export const APID_FIGURES = {
  grpc: "Get over mTLS by apid",
  http: "HTTP GET, TCP by apid",
  memory: "memory of apid after it",
} as const;

const MIB = 1024 * 1024;

/** @param place `ours` is through the proxy, `peer` is to the server itself; the memory is that of who was called. */
export async function measureApid(place: LoadPlace): Promise<readonly Figure[]> {
  const { side, peer, directory } = place;
  const folder = await certificates(directory);
  const socket = join(directory, "ours.sock");
  await using server = await startServer("ours", { peer, socket, folder });
  await loadResources(peer, socket);
  await using undo = new AsyncDisposableStack();
  const called = side === "peer"
    ? server
    : undo.use(await startServer("apid", { peer, socket, folder }));
  const [tls = 0, tcp = 0] = called.ports;
  const grpc = await getsByTls({ peer, folder, address: `127.0.0.1:${tls}` });
  const http = await getByToken(place, tcp);
  const memory = await called.residentBytes() / MIB;
  return [
    { name: APID_FIGURES.grpc, unit: "op/s", value: grpc },
    { name: APID_FIGURES.http, unit: "op/s", value: http },
    { name: APID_FIGURES.memory, unit: "MiB", value: memory },
  ];
}
