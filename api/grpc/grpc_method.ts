/** A method as the server calls it: bytes of messages in and out, whatever made them. */
import type { GrpcCall } from "./grpc_call.ts";
import type { Refused } from "./refused.ts";

/** One request, one answer. May answer at once: no promise is made then. */
export interface UnaryMethod {
  readonly kind: "unary";
  /** As errors name the call: `Get`. */
  readonly name: string;
  /**
   * @returns The framed answer, which may be shared and is not written to, or why there is none.
   * @throws Anything errors.ts knows.
   */
  answer(message: Uint8Array, call: GrpcCall): Uint8Array | Refused | Promise<Uint8Array>;
}

/** One request, any number of answers, pushed into the call. */
export interface ServerStreamMethod {
  readonly kind: "server_streaming";
  readonly name: string;
  /** Resolves at the end of the stream, or when the call is over. @throws Anything errors.ts knows. */
  stream(message: Uint8Array, call: GrpcCall): Promise<void>;
}

/** A stream of requests, and answers pushed into the call as they come. */
export interface ConversationMethod {
  readonly kind: "conversation";
  readonly name: string;
  /** Resolves at the end of the answers. @throws Anything errors.ts knows. */
  converse(messages: AsyncIterable<Uint8Array>, call: GrpcCall): Promise<void>;
}

export type GrpcMethod = UnaryMethod | ServerStreamMethod | ConversationMethod;

/** Methods by path, `/PACKAGE.SERVICE/METHOD`. */
export type GrpcMethods = ReadonlyMap<string, GrpcMethod>;
