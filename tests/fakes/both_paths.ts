/** The same call on both paths of the API: gRPC by our server, Connect by the library's router. */
import { Code, ConnectError } from "@connectrpc/connect";
import {
  create,
  createRegistry,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import type { Arrival } from "../../api/api.ts";
import { SERVICES } from "../../api/grpc/served_methods.ts";
import type { HeaderPairs } from "../../api/http2/header_pairs.ts";
import { type ApiFixture, apiFixture } from "./api.ts";
import { connectTransport } from "./connect_client.ts";
import { FakeExchange } from "./fake_exchange.ts";
import {
  answersIn,
  bytesOf,
  codeOf,
  framed,
  messageOf,
  messagesIn,
  pathOf,
} from "./grpc_client.ts";

/** How a call went. */
export interface Outcome {
  /** Of gRPC, or `left` where the test had seen enough and left. */
  readonly code: string;
  readonly message: string;
  /** As JSON. */
  readonly answers: readonly unknown[];
}

/** A call, and what there is before it. */
export interface PathCall {
  readonly method: DescMethod;
  /** More than one, or none, for streams alone. */
  readonly requests: readonly MessageInitShape<DescMessage>[];
  readonly setUp?: (fixture: ApiFixture) => Promise<unknown> | void;
  /** Answers after which the test has seen enough of a stream that does not end. */
  readonly enough?: number;
  readonly arrival?: Arrival;
  /** Names and values. */
  readonly headers?: HeaderPairs;
}

const FILES = createRegistry(...SERVICES.map(({ file }) => file));

/** The answer of our server. */
export async function byGrpc(call: PathCall): Promise<Outcome> {
  const { method, requests } = call;
  const frames = requests.map((init) => framed(toBinary(method.input, create(method.input, init))));
  return await rawByGrpc(call, bytesOf(...frames));
}

/** The same, whatever the body. */
export async function rawByGrpc(call: PathCall, body: Uint8Array): Promise<Outcome> {
  const { method, setUp, enough = Infinity, arrival, headers = [] } = call;
  const fixture = apiFixture();
  await setUp?.(fixture);
  const exchange = FakeExchange.ask(fixture.api.exchange, {
    path: pathOf(method),
    headers,
    body,
    ...(arrival === undefined ? {} : { peer: arrival }),
  });
  await exchange.until(() => exchange.closed || messagesIn(exchange).length >= enough);
  const code = codeOf(exchange) ?? "left";
  const answers = answersIn(exchange, method).map((message) => asJson(method.output, message));
  const message = messageOf(exchange);
  if (code === "left") exchange.leave();
  fixture.stop.abort();
  return { code, message, answers: answers.slice(0, enough) };
}

/** The answer of the library's router. */
export async function byConnect(call: PathCall): Promise<Outcome> {
  const { method, requests, setUp, enough = Infinity, arrival, headers = [] } = call;
  const fixture = apiFixture();
  await setUp?.(fixture);
  const transport = connectTransport(
    (request) => fixture.api.handle(request, arrival ?? { transport: "unix" }),
    { format: "binary" },
  );
  const stop = new AbortController();
  const sent = new Headers();
  for (let at = 0; at + 1 < headers.length; at += 2) {
    sent.append(headers[at] ?? "", headers[at + 1] ?? "");
  }
  const answers: unknown[] = [];
  try {
    if (method.methodKind === "unary") {
      const unary = method as DescMethod & { methodKind: "unary" };
      const init = requests[0] ?? {};
      const { message } = await transport.unary(unary, stop.signal, undefined, sent, init);
      answers.push(asJson(method.output, message));
    } else {
      const streaming = method as DescMethod & { methodKind: "bidi_streaming" };
      const inputs = sequence(requests);
      const stream = await transport.stream(streaming, stop.signal, undefined, sent, inputs);
      for await (const message of stream.message) {
        answers.push(asJson(method.output, message));
        if (answers.length < enough) continue;
        stop.abort();
        break;
      }
    }
    return { code: stop.signal.aborted ? "left" : "OK", message: "", answers };
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return { code: Code[error.code], message: error.rawMessage, answers };
  } finally {
    fixture.stop.abort();
  }
}

/** The code of the library's router, whatever the bytes of the one request. */
export async function rawByConnect(call: PathCall, message: Uint8Array): Promise<string> {
  const { method, setUp, arrival, headers = [] } = call;
  const fixture = apiFixture();
  await setUp?.(fixture);
  const isUnary = method.methodKind === "unary";
  const sent = new Headers({
    "content-type": isUnary ? "application/proto" : "application/connect+proto",
  });
  for (let at = 0; at + 1 < headers.length; at += 2) {
    sent.append(headers[at] ?? "", headers[at + 1] ?? "");
  }
  const body = new Uint8Array(isUnary ? message : framed(message));
  const url = `http://localhost${pathOf(method)}`;
  const request = new Request(url, { method: "POST", headers: sent, body });
  const response = await fixture.api.handle(request, arrival ?? { transport: "unix" });
  const text = await response.text();
  fixture.stop.abort();
  const [, code] = /"code":"(\w+)"/.exec(text) ?? [];
  return code === undefined ? "OK" : code.replaceAll(/(^|_)(\w)/g, (_, __, letter: string) => {
    return letter.toUpperCase();
  });
}

function asJson(schema: DescMessage, message: MessageShape<DescMessage>): unknown {
  return toJson(schema, message, { registry: FILES });
}

async function* sequence<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}
