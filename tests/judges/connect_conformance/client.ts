/**
 * The client that the judge has make calls: `client.ts`, which reads them on standard input and writes what came of each.
 *
 * HTTP/2 is ours, in clear and by TLS; HTTP/1.1 is `fetch`. Connections are shared by all calls that may share them.
 */
import type { Transport } from "@connectrpc/connect";
import { createRegistry } from "@bufbuild/protobuf";
import type { CallForm } from "../../../api/client/call_form.ts";
import { dialTcp, dialTls } from "../../../api/client/dial.ts";
import { fetchTransport } from "../../../api/client/fetch_transport.ts";
import { http2Transport } from "../../../api/client/http2_transport.ts";
import { http2Client } from "../../../api/http2/http2_client.ts";
import { systemClock } from "../../../runtime/system/clock.ts";
import { systemRandom } from "../../../runtime/system/random.ts";
import { makeCall } from "./calls.ts";
import {
  type ClientCompatRequest,
  ClientCompatRequestSchema,
  ClientCompatResponseSchema,
} from "./gen/client_compat_pb.ts";
import { Codec, Compression, HTTPVersion, Protocol } from "./gen/config_pb.ts";
import { file_connectrpc_conformance_v1_service } from "./gen/service_pb.ts";
import { readMessages, writeMessage } from "./sized_messages.ts";

/** Calls in flight at once. */
const CALLS_MAX = 16;

const ports = { clock: systemClock(), random: systemRandom() };
const registry = createRegistry(file_connectrpc_conformance_v1_service);

const PROTOCOLS = {
  [Protocol.UNSPECIFIED]: "grpc",
  [Protocol.CONNECT]: "connect",
  [Protocol.GRPC]: "grpc",
  [Protocol.GRPC_WEB]: "grpc-web",
} as const;

function identityOf({ serverTlsCert, clientTlsCreds }: ClientCompatRequest) {
  if (serverTlsCert.length === 0) return undefined;
  const ca = textOf(serverTlsCert);
  if (clientTlsCreds === undefined) return { ca };
  return { ca, cert: textOf(clientTlsCreds.cert), key: textOf(clientTlsCreds.key) };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Transports by what they are made of. */
class Transports implements Disposable {
  readonly #clients = new DisposableStack();
  readonly #made = new Map<string, unknown>();

  of(asked: ClientCompatRequest): Transport {
    const { host, port, messageReceiveLimit: limit } = asked;
    const identity = identityOf(asked);
    const origin = `${identity === undefined ? "http" : "https"}://${host}:${port}`;
    const form: CallForm = {
      json: asked.codec === Codec.JSON,
      registry,
      gzip: asked.compression === Compression.GZIP,
      // Also of an empty request.
      gzipBytesMin: -1,
      get: asked.useGetHttpMethod,
      ...(limit === 0 ? {} : { messageBytesMax: limit }),
    };
    const protocol = PROTOCOLS[asked.protocol];
    const place = `${origin} ${identity?.cert ?? ""}`;
    const { json, gzip, get, messageBytesMax } = form;
    const key = [place, protocol, json, gzip, get, messageBytesMax].join(" ");
    if (asked.httpVersion === HTTPVersion.HTTP_VERSION_2) {
      const client = this.#once(place, () => {
        const at = { hostname: host, port };
        const dial = identity === undefined ? dialTcp(at) : dialTls(at, identity);
        return this.#clients.use(http2Client({ ...ports, dial }));
      });
      return this.#once(
        key,
        () => http2Transport({ ...form, client, protocol, clock: ports.clock, baseUrl: origin }),
      );
    }
    if (protocol === "grpc") throw new RangeError("Cannot speak gRPC over HTTP/1.1");
    const endpoint = { transport: identity === undefined ? "http" : "https", origin } as const;
    return this.#once(key, () => {
      const found = { endpoint, token: undefined, ...(identity && { identity }) };
      const made = fetchTransport(found, { ...form, protocol, answerWaitMs: 0 });
      this.#clients.defer(() => made.close());
      return made.transport;
    });
  }

  #once<Made>(key: string, make: () => Made): Made {
    const known = this.#made.get(key);
    if (known !== undefined) return known as Made; // Made under this key.
    const made = make();
    this.#made.set(key, made);
    return made;
  }

  [Symbol.dispose](): void {
    this.#clients.dispose();
  }
}

using transports = new Transports();
const running = new Set<Promise<void>>();
let written = Promise.resolve();

async function answer(asked: ClientCompatRequest): Promise<void> {
  const { testName } = asked;
  const result = await makeCall(asked, transports.of(asked)).then(
    (value) => ({ case: "response", value }) as const,
    (error: unknown) => ({ case: "error", value: { message: String(error) } }) as const,
  );
  await (written = written.then(() =>
    writeMessage(ClientCompatResponseSchema, { testName, result })
  ));
}

for await (const asked of readMessages(ClientCompatRequestSchema, Deno.stdin.readable)) {
  const call = answer(asked).finally(() => running.delete(call));
  running.add(call);
  if (running.size >= CALLS_MAX) await Promise.race(running);
}
await Promise.all(running);
