/** Any service of the library's form, as this server calls methods. */
import {
  Code,
  ConnectError,
  createContextValues,
  createHandlerContext,
  type HandlerContext,
  type ServiceImpl,
} from "@connectrpc/connect";
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import { CALLER } from "../caller.ts";
import { headersOf } from "../http2/header_pairs.ts";
import { MESSAGE_BYTES_MAX } from "../limits.ts";
import { decoded } from "./decoding.ts";
import type { GrpcCall } from "./grpc_call.ts";
import type { GrpcMethod } from "./grpc_method.ts";
import { frameOf } from "./message_frames.ts";

type Answer = MessageInitShape<DescMessage>;
type Unary = (request: unknown, context: HandlerContext) => Answer | Promise<Answer>;
type Streaming = (request: unknown, context: HandlerContext) => AsyncIterable<Answer>;

/** The methods of `service`, by path. One that `implementation` lacks answers Unimplemented. */
export function serviceMethods<Service extends DescService>(
  service: Service,
  implementation: Partial<ServiceImpl<Service>>,
): readonly (readonly [string, GrpcMethod])[] {
  const functions: Readonly<Record<string, unknown>> = implementation;
  return service.methods.map((method) => {
    const act = functions[method.localName];
    const made = typeof act === "function"
      ? methodOf(method, act.bind(implementation))
      : absent(method);
    return [`/${service.typeName}/${method.name}`, made];
  });
}

// The library types a function by its descriptor, which a loop over descriptors cannot follow.
function methodOf(method: DescMethod, act: Unary | Streaming): GrpcMethod {
  const { name, input, output } = method;
  switch (method.methodKind) {
    case "unary":
      return {
        kind: "unary",
        name,
        async answer(message, call) {
          const request = decoded(input, message);
          const answer = await (act as Unary)(request, contextOf(method, call));
          return framed(output, answer);
        },
      };
    case "server_streaming":
      return {
        kind: "server_streaming",
        name,
        async stream(message, call) {
          const answers = (act as Streaming)(decoded(input, message), contextOf(method, call));
          await sendAll(call, output, answers);
        },
      };
    default:
      return {
        kind: "conversation",
        name,
        async converse(messages, call) {
          const requests = decodedAll(input, messages);
          const context = contextOf(method, call);
          if (method.methodKind === "bidi_streaming") {
            return await sendAll(call, output, (act as Streaming)(requests, context));
          }
          const answer: Answer = await (act as Unary)(requests, context);
          call.push(framed(output, answer));
        },
      };
  }
}

/** Refused without a look at the request, of which some callers send no end before they are answered. */
function absent({ name }: DescMethod): GrpcMethod {
  const refusal = () => new ConnectError(`${name} is not served here`, Code.Unimplemented);
  return { kind: "conversation", name, converse: () => Promise.reject(refusal()) };
}

async function* decodedAll(
  descriptor: DescMessage,
  messages: AsyncIterable<Uint8Array>,
): AsyncGenerator<unknown> {
  for await (const message of messages) yield decoded(descriptor, message);
}

async function sendAll(
  call: GrpcCall,
  output: DescMessage,
  answers: AsyncIterable<Answer>,
): Promise<void> {
  for await (const answer of answers) {
    call.push(framed(output, answer));
    await call.flush();
    if (call.isOver) return;
  }
}

/** @throws {ConnectError} `ResourceExhausted`: it is more than clients take, and than the other path sends. */
function framed(descriptor: DescMessage, answer: Answer): Uint8Array {
  const bytes = toBinary(descriptor, create(descriptor, answer));
  if (bytes.length <= MESSAGE_BYTES_MAX) return frameOf(bytes);
  const detail = `the answer has ${bytes.length} bytes, and may have ${MESSAGE_BYTES_MAX}`;
  throw new ConnectError(detail, Code.ResourceExhausted);
}

function contextOf(method: DescMethod, call: GrpcCall): HandlerContext {
  const context = createHandlerContext({
    service: method.parent,
    method,
    protocolName: "grpc",
    requestMethod: "POST",
    url: `http://localhost/${method.parent.typeName}/${method.name}`,
    requestSignal: call.signal,
    requestHeader: headersOf(call.exchange.headers),
    contextValues: createContextValues().set(CALLER, call.caller),
  });
  call.metadata = context;
  // The deadline is kept by the call, by its own clock.
  return Object.assign(context, { timeoutMs: () => call.remainingMs });
}
