/**
 * connect-es under Node as a client of the state: `client.mjs DESCRIPTORS PROTOCOL PLACE NAMESPACE` makes the calls of
 * calls.mjs and prints what came of them as one JSON object.
 *
 * PROTOCOL is connect, grpc or grpc-web. PLACE is a JSON object: `endpoint` is unix:PATH (HTTP/2), http://HOST:PORT
 * (HTTP/1.1, with `token`) or https://HOST:PORT (HTTP/2, with the paths `ca`, `cert` and `key`).
 */
import { readFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import process from "node:process";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { makeCalls } from "./calls.mjs";

const [descriptors, protocol, place, namespace] = process.argv.slice(2);
const { endpoint, token, ...paths } = JSON.parse(place);

const CREATE = {
  "connect": createConnectTransport,
  "grpc": createGrpcTransport,
  "grpc-web": createGrpcWebTransport,
};

function transportOptions() {
  if (endpoint.startsWith("unix:")) {
    const path = endpoint.slice("unix:".length);
    const nodeOptions = { createConnection: () => connectSocket(path) };
    return { baseUrl: "http://localhost", httpVersion: "2", nodeOptions };
  }
  if (endpoint.startsWith("https:")) {
    const files = Object.entries(paths).map(([name, path]) => [name, readFileSync(path)]);
    return { baseUrl: endpoint, httpVersion: "2", nodeOptions: Object.fromEntries(files) };
  }
  const authorized = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  return { baseUrl: endpoint, httpVersion: "1.1", interceptors: [authorized] };
}

const outcomes = await makeCalls({
  descriptors: readFileSync(descriptors),
  transport: CREATE[protocol](transportOptions()),
  namespace,
});
process.stdout.write(JSON.stringify(outcomes));
process.exit(0);
