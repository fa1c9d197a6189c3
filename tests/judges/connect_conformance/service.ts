/** The service of the judge: each call says itself how it is to be answered, and hears what came of it. */
import {
  type Code,
  ConnectError,
  type HandlerContext,
  type ServiceImpl,
} from "@connectrpc/connect";
import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import type { Clock } from "../../../runtime/core/ports.ts";
import {
  BidiStreamRequestSchema,
  type ClientStreamRequest,
  ClientStreamRequestSchema,
  ConformancePayload_RequestInfoSchema,
  type ConformanceService,
  type Error as ErrorMessage,
  type Header,
  IdempotentUnaryRequestSchema,
  ServerStreamRequestSchema,
  type StreamResponseDefinition,
  UnaryRequestSchema,
  type UnaryResponseDefinition,
} from "./gen/service_pb.ts";

type Info = MessageShape<typeof ConformancePayload_RequestInfoSchema>;

interface Payload {
  readonly data: Uint8Array;
  readonly requestInfo: Info | undefined;
}

/** Makes the methods; `unimplemented` is left out. */
export function conformanceService(
  clock: Clock,
): Partial<ServiceImpl<typeof ConformanceService>> {
  return {
    async unary(request, context) {
      const info = infoOf(context, [anyPack(UnaryRequestSchema, request)]);
      return { payload: await answer(request.responseDefinition, { info, context, clock }) };
    },

    async idempotentUnary(request, context) {
      const info = infoOf(context, [anyPack(IdempotentUnaryRequestSchema, request)]);
      return { payload: await answer(request.responseDefinition, { info, context, clock }) };
    },

    async clientStream(requests, context) {
      const all: ClientStreamRequest[] = await Array.fromAsync(requests);
      const info = infoOf(context, all.map((one) => anyPack(ClientStreamRequestSchema, one)));
      return { payload: await answer(all[0]?.responseDefinition, { info, context, clock }) };
    },

    async *serverStream(request, context) {
      const info = infoOf(context, [anyPack(ServerStreamRequestSchema, request)]);
      const answers = new Answers(request.responseDefinition, context, clock);
      yield* answers.rest(info);
    },

    async *bidiStream(requests, context) {
      let answers: Answers | undefined;
      let unsaid: Any[] = [];
      let isFull = false;
      for await (const request of requests) {
        unsaid.push(anyPack(BidiStreamRequestSchema, request));
        if (answers === undefined) {
          answers = new Answers(request.responseDefinition, context, clock);
          isFull = request.fullDuplex;
        }
        if (!isFull) continue;
        if (!answers.hasMore) break;
        yield await answers.next(infoNow(answers, context, unsaid));
        unsaid = [];
      }
      if (answers !== undefined) yield* answers.rest(infoNow(answers, context, unsaid));
    },
  };
}

/** Head and deadline belong to the first answer; later ones tell of requests alone. */
function infoNow(answers: Answers, context: HandlerContext, requests: Any[]): Info {
  if (answers.isFirst) return infoOf(context, requests);
  return create(ConformancePayload_RequestInfoSchema, { requests });
}

/** The answers of a stream. */
class Answers {
  readonly #definition: StreamResponseDefinition | undefined;
  readonly #clock: Clock;
  #sent = 0;

  constructor(
    definition: StreamResponseDefinition | undefined,
    context: HandlerContext,
    clock: Clock,
  ) {
    this.#definition = definition;
    this.#clock = clock;
    addAll(context.responseHeader, definition?.responseHeaders);
    addAll(context.responseTrailer, definition?.responseTrailers);
  }

  get isFirst(): boolean {
    return this.#sent === 0;
  }

  get hasMore(): boolean {
    return this.#sent < (this.#definition?.responseData.length ?? 0);
  }

  async next(requestInfo: Info | undefined): Promise<{ readonly payload: Payload }> {
    await this.#clock.sleep(this.#definition?.responseDelayMs ?? 0);
    const data = this.#definition?.responseData[this.#sent++] ?? new Uint8Array(0);
    return { payload: { data, requestInfo } };
  }

  /** What was not said yet, and the error at the end. @param info Of the first answer. */
  async *rest(info: Info): AsyncGenerator<{ readonly payload: Payload }> {
    let untold: Info | undefined = info;
    while (this.hasMore) {
      yield await this.next(untold);
      untold = undefined;
    }
    const error = this.#definition?.error;
    if (error !== undefined) throw errorOf(error, this.isFirst ? info : undefined);
  }
}

/** Answers a call with one answer. @throws {ConnectError} As it asks for. */
async function answer(
  definition: UnaryResponseDefinition | undefined,
  { info, context, clock }: {
    readonly info: Info;
    readonly context: HandlerContext;
    readonly clock: Clock;
  },
): Promise<Payload> {
  addAll(context.responseHeader, definition?.responseHeaders);
  addAll(context.responseTrailer, definition?.responseTrailers);
  await clock.sleep(definition?.responseDelayMs ?? 0);
  const { response } = definition ?? {};
  if (response?.case === "error") throw errorOf(response.value, info);
  return { data: response?.value ?? new Uint8Array(0), requestInfo: info };
}

function infoOf(context: HandlerContext, requests: Any[]): Info {
  const { requestHeader, url, requestMethod } = context;
  const timeoutMs = context.timeoutMs();
  const query = requestMethod === "GET" ? new URL(url).searchParams : new URLSearchParams();
  return create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: headersOf(requestHeader),
    requests,
    ...(timeoutMs === undefined ? {} : { timeoutMs: BigInt(Math.floor(timeoutMs)) }),
    ...(query.size === 0 ? {} : { connectGetInfo: { queryParams: headersOf(query) } }),
  });
}

/** As messages of the judge have them. */
export function headersOf(
  pairs: Iterable<[string, string]>,
): { readonly name: string; readonly value: string[] }[] {
  return [...pairs].map(([name, value]) => ({ name, value: [value] }));
}

/** Adds all of them to a head or a trailer. */
export function addAll(to: Headers, headers: readonly Header[] = []): void {
  for (const { name, value } of headers) {
    for (const one of value) to.append(name, one);
  }
}

function errorOf(asked: ErrorMessage, info: Info | undefined): ConnectError {
  // Both enumerate the same codes.
  const error = new ConnectError(asked.message ?? "", asked.code as number as Code);
  error.details = asked.details.map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
    value,
  }));
  if (info !== undefined) {
    error.details.push({ desc: ConformancePayload_RequestInfoSchema as DescMessage, value: info });
  }
  return error;
}
