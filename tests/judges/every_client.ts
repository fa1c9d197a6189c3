/** Every client that others made, what it calls and what it is to get: on a host's process as on a machine. */
import { browserClient, type PageForm } from "./browser_client.ts";
import {
  bufProgram,
  type Client,
  connectEs,
  goClients,
  grpcJs,
  grpcurlProgram,
  type Outcomes,
  type Place,
} from "./client_programs.ts";
import { commandClient } from "./command_client.ts";
import { bufCurl, CURL, grpcurl } from "./command_forms.ts";

/** What every client gets. */
export const CALLS: Outcomes = {
  "Create": "version 1",
  "Get": "before",
  "Get refused": "NotFound",
  "List": "first",
  "Watch": "ready CREATED BOOTSTRAPPED",
  "Update": "version 2",
};

const BY_BUF: Outcomes = { ...CALLS, "Reflection": "lists by v1, v1alpha" };

/** Where a machine listens, by what is spoken there. */
export type Places = Readonly<Record<Called["on"], Place>>;

/** A client, the place that it calls, and what it gets: those with no reflection of their own bring the messages. */
export interface Called {
  readonly client: Client;
  readonly on: "HTTP/2" | "HTTP/1.1" | "TLS";
  readonly expected: Outcomes;
}

/** Builds, installs or finds them. */
export async function everyClient(directory: string): Promise<Readonly<Record<string, Called>>> {
  const [go, js, es, grpcurlPath, bufPath] = await Promise.all([
    goClients(directory),
    grpcJs(directory),
    connectEs(directory),
    grpcurlProgram(directory),
    bufProgram(),
  ]);
  const http2 = (client: Client, expected = CALLS): Called => ({ client, on: "HTTP/2", expected });
  const http1 = (client: Client): Called => ({ client, on: "HTTP/1.1", expected: CALLS });
  const tls = (client: Client): Called => ({ client, on: "TLS", expected: CALLS });
  const page = (form: PageForm) => http1(browserClient(es, form));
  return {
    "grpc-go": http2(go("grpc-go")),
    "grpc-go, TLS": tls(go("grpc-go")),
    "grpc-js": http2(js),
    "connect-go, gRPC": http2(go("grpc")),
    "connect-go, gRPC-Web": http2(go("grpc-web")),
    "connect-go, Connect and GET": http2(go("connect")),
    "connect-go, gRPC, TLS": tls(go("grpc")),
    "connect-go, gRPC-Web, TLS": tls(go("grpc-web")),
    "connect-go, Connect and GET, TLS": tls(go("connect")),
    "connect-go, gRPC-Web, HTTP/1.1": http1(go("grpc-web")),
    "connect-go, Connect and GET, HTTP/1.1": http1(go("connect")),
    "connect-node, gRPC": http2(es.client("grpc")),
    "connect-node, gRPC-Web": http2(es.client("grpc-web")),
    "connect-node, Connect": http2(es.client("connect")),
    "connect-node, gRPC, TLS": tls(es.client("grpc")),
    "connect-node, gRPC-Web, TLS": tls(es.client("grpc-web")),
    "connect-node, Connect, TLS": tls(es.client("connect")),
    "connect-node, gRPC-Web, HTTP/1.1": http1(es.client("grpc-web")),
    "connect-node, Connect, HTTP/1.1": http1(es.client("connect")),
    "connect-web, gRPC-Web": page({ protocol: "grpc-web" }),
    "connect-web, Connect": page({ protocol: "connect" }),
    "connect-web, Connect JSON and GET": page({ protocol: "connect", json: true, get: true }),
    "curl, Connect JSON": http2(commandClient(CURL)),
    "grpcurl": http2(commandClient(grpcurl(grpcurlPath)), {
      ...CALLS,
      "Reflection": "lists, describes",
    }),
    "buf curl, gRPC": http2(commandClient(bufCurl(bufPath, "grpc")), BY_BUF),
    "buf curl, gRPC-Web": http2(commandClient(bufCurl(bufPath, "grpcweb")), BY_BUF),
    "buf curl, Connect": http2(commandClient(bufCurl(bufPath, "connect")), BY_BUF),
  };
}

/** A line for each client, a column for each call. */
export function clientTable(results: Readonly<Record<string, Outcomes>>): string {
  const names = [...Object.keys(CALLS), "Reflection"];
  const lines = Object.entries(results).map(([client, outcomes]) => [
    client,
    ...names.map((name) => outcomes[name] ?? "-"),
  ]);
  const all = [["client", ...names], ...lines];
  const widths = all[0]?.map((_, column) =>
    Math.max(...all.map((line) => (line[column] ?? "").length))
  );
  return all.map((line) =>
    line.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join("  ").trimEnd()
  ).join("\n");
}
