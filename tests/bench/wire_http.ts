/** Requests over HTTP/1.1: the HTTP API, Connect and gRPC-Web, against `Deno.serve` with nothing behind it. */
import { join } from "@std/path/posix";
import type { Figure } from "./figures.ts";
import { output } from "./programs.ts";
import { loadResources, requestBody, RESOURCE_COUNT } from "./wire_loads.ts";
import { HTTP_SOCKET, type Server, startServer, TOKEN } from "./wire_servers.ts";
import { certificates, type LoadPlace } from "./wire_tls.ts";

const CALLS = 60_000;
/** Requests that a fresh server gets before the ones that count. */
const WARM_CALLS = 20_000;
const CONNECTIONS = 32;
const LOAD_MS_MAX = 120_000;
/** Bytes of an answer, at least: a refusal has less. */
const ANSWER_BYTES_MIN = 100;
/** Of gRPC's framing, which Connect has not. */
const PREFIX_BYTES = 5;

const ID = `item-${String(RESOURCE_COUNT / 2).padStart(6, "0")}`;
const KIND = { namespace: "bench", type: "Items.bench.strata.dev" };
const GET_PATH = `/api/v1/resources/${KIND.namespace}/${KIND.type}/${ID}`;
const CALL_PATH = "/cosi.resource.State/Get";

/** Names of the figures. */
export const HTTP_FIGURES = {
  get: "HTTP GET, unix socket",
  getTcp: "HTTP GET, TCP",
  connectJson: "Connect Get in JSON",
  connectProto: "Connect Get",
  grpcWeb: "gRPC-Web Get",
} as const;

/** A request that is made again and again. */
interface Asked {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** GET of one resource, on the unix socket and on TCP. */
export async function measureGets(place: LoadPlace): Promise<readonly Figure[]> {
  await using server = await started(place);
  const { folder } = server;
  const get = await h2load(place, `unix:${join(folder, HTTP_SOCKET)}`, { path: GET_PATH });
  const getTcp = await getByToken(place, server.ports.at(-1) ?? 0);
  return [
    { name: HTTP_FIGURES.get, unit: "op/s", value: get },
    { name: HTTP_FIGURES.getTcp, unit: "op/s", value: getTcp },
  ];
}

/** GET of one resource on TCP. @returns Requests a second. */
export async function getByToken(place: LoadPlace, port: number): Promise<number> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return await h2load(place, `http://127.0.0.1:${port}`, { path: GET_PATH, headers });
}

/** The call that the HTTP API's GET is, in the other protocols of HTTP/1.1. */
export async function measureCalls(place: LoadPlace): Promise<readonly Figure[]> {
  const framed = await requestBody(place.peer, "get");
  const json = new TextEncoder().encode(JSON.stringify({ ...KIND, id: ID }));
  const forms: Readonly<Record<string, readonly [contentType: string, body: Uint8Array]>> = {
    [HTTP_FIGURES.connectJson]: ["application/json", json],
    [HTTP_FIGURES.connectProto]: ["application/proto", framed.subarray(PREFIX_BYTES)],
    [HTTP_FIGURES.grpcWeb]: ["application/grpc-web+proto", framed],
  };
  await using server = await started(place);
  const figures: Figure[] = [];
  for (const [name, [contentType, body]] of Object.entries(forms)) {
    const headers = { "content-type": contentType };
    const asked = { path: CALL_PATH, headers, body };
    const value = await h2load(place, `unix:${join(server.folder, HTTP_SOCKET)}`, asked);
    figures.push({ name, unit: "op/s", value });
  }
  return figures;
}

async function started(
  { side, peer, directory }: LoadPlace,
): Promise<Server & { readonly folder: string }> {
  const folder = await certificates(directory);
  const socket = join(directory, `${side}.sock`);
  const server = await startServer(side === "ours" ? "ours" : "raw", { peer, socket, folder });
  if (side === "ours") await loadResources(peer, socket);
  return { ...server, folder };
}

/** Runs h2load over HTTP/1.1; gives requests a second. @throws {Error} One failed. */
async function h2load(
  { directory }: LoadPlace,
  base: string,
  { path, headers = {}, body }: Asked,
): Promise<number> {
  const file = join(directory, "asked.bin");
  if (body !== undefined) await Deno.writeFile(file, body);
  const run = async (calls: number): Promise<number> => {
    const said = await output({
      program: "h2load",
      args: [
        ...["--h1", `--base-uri=${base}`, `-c${CONNECTIONS}`, `-n${calls}`],
        ...(body === undefined ? [] : [`--data=${file}`]),
        ...Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
        `http://localhost${path}`,
      ],
      msMax: LOAD_MS_MAX,
    });
    const succeeded = Number(/status codes: (\d+) 2xx/.exec(said)?.[1]);
    const bytes = Number(/\((\d+)\) data/.exec(said)?.[1]);
    const perSecond = Number(/, ([\d.]+) req\/s/.exec(said)?.[1]);
    if (succeeded === calls && bytes > calls * ANSWER_BYTES_MIN && perSecond > 0) return perSecond;
    throw new Error(`Cannot measure ${path}: ${said}`);
  };
  await run(WARM_CALLS);
  return await run(CALLS);
}
