/** What requests of gRPC begin with. */
import type { DescMethod } from "@bufbuild/protobuf";
import type { HeaderPairs } from "../http2/header_pairs.ts";
import { GZIP } from "../grpc/gzip.ts";
import type { CallForm } from "./call_form.ts";
import type { Http2ExchangeOptions } from "./http2_exchange.ts";

/** Methods whose header lists are remembered: a list that comes again is encoded once. */
const METHODS_REMEMBERED = 256;

/** What calls of gRPC stand on that pass the library by. */
export interface DirectOptions extends Http2ExchangeOptions {
  readonly form: Pick<CallForm, "gzip" | "messageBytesMax">;
}

/** Header lists of requests, the same object for calls that are alike. */
export class RequestHeads {
  readonly #first: HeaderPairs;
  readonly #rest: HeaderPairs;
  readonly #lists = new Map<
    DescMethod,
    { readonly timeoutMs: number | undefined; list: HeaderPairs }
  >();

  constructor({ baseUrl, headers, form }: DirectOptions) {
    const { protocol, host } = new URL(baseUrl);
    this.#first = [":method", "POST", ":scheme", protocol.slice(0, -1), ":authority", host];
    const grpc = ["content-type", "application/grpc+proto", "te", "trailers"];
    if (form.gzip) grpc.push("grpc-encoding", GZIP.name);
    this.#rest = [...grpc, "grpc-accept-encoding", GZIP.name, ...headers];
  }

  of(
    method: DescMethod,
    { timeoutMs, header }: {
      readonly timeoutMs: number | undefined;
      readonly header: HeadersInit | undefined;
    },
  ): HeaderPairs {
    if (header !== undefined) {
      return [...this.#made(method, timeoutMs), ...new Headers(header)].flat();
    }
    const known = this.#lists.get(method);
    if (known !== undefined && known.timeoutMs === timeoutMs) return known.list;
    if (this.#lists.size >= METHODS_REMEMBERED) this.#lists.clear();
    const list = Object.freeze(this.#made(method, timeoutMs));
    this.#lists.set(method, { timeoutMs, list });
    return list;
  }

  #made(method: DescMethod, timeoutMs: number | undefined): string[] {
    const path = `/${method.parent.typeName}/${method.name}`;
    const timeout = timeoutMs === undefined ? [] : ["grpc-timeout", timeoutText(timeoutMs)];
    return [...this.#first, ":path", path, ...this.#rest, ...timeout];
  }
}

/** At most eight digits and a unit. */
function timeoutText(milliseconds: number): string {
  return milliseconds < 1e8 ? `${milliseconds}m` : `${Math.ceil(milliseconds / 1000)}S`;
}
