import type { Peer } from "./exchange.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import type { RequestHead } from "./header_rules.ts";

/** What the headers of a request say. Streams of equal headers share one head. */
export class StreamRequest {
  readonly peer: Peer;
  protected readonly head: RequestHead;

  constructor(head: RequestHead, peer: Peer) {
    this.head = head;
    this.peer = peer;
  }

  get method(): string {
    return this.head.method;
  }

  get path(): string {
    return this.head.path;
  }

  get scheme(): string {
    return this.head.scheme;
  }

  get authority(): string {
    return this.head.authority;
  }

  get headers(): HeaderPairs {
    return this.head.headers;
  }
}
