/**
 * connect-es in a browser as a client of the state, on a page of the same origin: makes the calls of calls.mjs and sends
 * what came of them to /outcomes. What to do is in the page's own address: `?protocol=connect&get&json&namespace=…`.
 */
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { makeCalls } from "./calls.mjs";

const query = new URLSearchParams(location.search);
const create = query.get("protocol") === "connect"
  ? createConnectTransport
  : createGrpcWebTransport;
const transport = create({
  baseUrl: location.origin,
  useBinaryFormat: !query.has("json"),
  useHttpGet: query.has("get"),
});
const outcomes = await fetch("/descriptors")
  .then((answer) => answer.arrayBuffer())
  .then((bytes) =>
    makeCalls({
      descriptors: new Uint8Array(bytes),
      transport,
      namespace: query.get("namespace"),
    })
  )
  .catch((error) => ({ failed: String(error) }));
await fetch("/outcomes", { method: "POST", body: JSON.stringify(outcomes) });
