import type { HeaderPairs } from "./header_pairs.ts";
import { type RequestHead, requestHead } from "./header_rules.ts";

/** Lists remembered: the calls of one client, and the answers of one server, have few forms. */
const REMEMBERED = 8;

/** Header lists with `:status` before them, the same object for the same list, so that its encoding is found again. */
export class AnswerLists {
  readonly #headers: (HeaderPairs | undefined)[] = new Array(REMEMBERED).fill(undefined);
  readonly #statuses = new Int32Array(REMEMBERED);
  readonly #lists: HeaderPairs[] = new Array(REMEMBERED).fill([]);
  #next = 0;

  of(status: number, headers: HeaderPairs): HeaderPairs {
    for (let index = 0; index < REMEMBERED; index++) {
      if (this.#headers[index] === headers && this.#statuses[index] === status) {
        return this.#lists[index] ?? headers;
      }
    }
    const list = [":status", String(status), ...headers];
    // What is frozen is meant to come again; lists of one answer would only drive the others out.
    if (!Object.isFrozen(headers)) return list;
    const at = this.#next++ % REMEMBERED;
    this.#headers[at] = headers;
    this.#statuses[at] = status;
    this.#lists[at] = list;
    return list;
  }
}

/** Heads of requests; those of a list that comes again are judged once. */
export class RequestHeads {
  readonly #lists: (HeaderPairs | undefined)[] = new Array(REMEMBERED).fill(undefined);
  readonly #heads: (RequestHead | string)[] = new Array(REMEMBERED).fill("");
  #next = 0;

  of(list: HeaderPairs): RequestHead | string {
    const found = this.#lists.indexOf(list);
    if (found >= 0) return this.#heads[found] ?? "";
    const head = requestHead(list);
    const at = this.#next++ % REMEMBERED;
    this.#lists[at] = list;
    this.#heads[at] = head;
    return head;
  }
}
