/** The events of many kinds as one stream: the past in order of time, then each as it comes. */
import type { EventCauses } from "./event_causes.ts";
import type { EventPrinter } from "./event_printer.ts";
import { KINDS_MAX } from "./event_kinds.ts";
import { type KindEvents, kindEvents, type KindSource, TAIL_ALL } from "./kind_events.ts";
import { type MissedEvents, nanoseconds, type ToldEvent } from "./told_event.ts";
import { isAccessDenied, isInvalidBookmark } from "../../../runtime/core/errors.ts";
import type { Kind, Timestamp } from "../../../runtime/core/resource.ts";

/** Events that may wait while the cause of one is asked for; who is further behind leaves the causes out. */
const CAUSES_BEHIND_MAX = 64;

/** Kinds asked for at a time: the first answers of all of them need not be held at once. */
const OPENING_MAX = 16;

/** Milliseconds in which all watches see that the machine began anew: the longest wait before a lost one is asked for. */
const ANEW_MS = 60_000;

/** Which part of the past is told. */
export interface Past {
  /** The last so many of all kinds together. */
  readonly tail: number;
  /** Only what is not older; what has no time is left out. */
  readonly since: Timestamp | undefined;
}

/** What a stream stands on. */
export interface EventStreamParts {
  readonly source: KindSource;
  readonly printer: EventPrinter;
  readonly causes: EventCauses | undefined;
  /** Whether a kind that we may not read is passed by: nobody has named it. */
  readonly refused: "passed by" | "told";
}

/** A stream of events; kinds may join it while it runs. */
export class EventStream {
  readonly #parts: EventStreamParts;
  readonly #names = new Set<string>();
  readonly #failed = Promise.withResolvers<never>();
  #printed: Promise<void> = Promise.resolve();
  #behind = 0;
  /** When it was seen that the machine began anew. */
  #anewMs: number | undefined;

  constructor(parts: EventStreamParts) {
    this.#parts = parts;
    this.#failed.promise.catch(() => {}); // Whoever follows is told.
  }

  /** Watches these kinds and prints their past. @throws {StateError} */
  async begin(kinds: readonly Kind[], past: Past): Promise<readonly KindEvents[]> {
    const tail = past.since === undefined ? past.tail : TAIL_ALL;
    const begun: KindEvents[] = [];
    for (let at = 0; at < kinds.length; at += OPENING_MAX) {
      const opened = kinds.slice(at, at + OPENING_MAX).map((kind) => this.#open(kind, tail));
      begun.push(...(await Promise.all(opened)).filter((each) => each !== undefined));
    }
    const events = begun.flatMap((each) => each.past).filter((event) => isWithin(event, past.since))
      .sort((a, b) => a.orderNs < b.orderNs ? -1 : a.orderNs > b.orderNs ? 1 : 0);
    const told = events.slice(Math.max(0, events.length - past.tail));
    this.#behind = told.length;
    for (const event of told) await this.#print(event);
    return begun;
  }

  /** Prints what comes of these kinds until the signal aborts. @throws {StateError} A watch is lost for good. */
  follow(kinds: readonly KindEvents[]): Promise<void> {
    const runs = kinds.map((each) => this.#pump(each));
    return Promise.race([this.#failed.promise, Promise.all(runs).then(() => {})]);
  }

  /**
   * Adds a kind that came to be while the stream runs, with all that happened to it, and prints what comes of it until
   * the signal aborts. Nothing happens where it is there already, or there are {@linkcode KINDS_MAX}.
   */
  async join(kind: Kind): Promise<void> {
    if (this.#names.size >= KINDS_MAX) return;
    const opened = await this.#open(kind, TAIL_ALL);
    if (opened === undefined) return;
    for (const event of opened.past) await this.#inTurn(() => this.#print(event));
    await this.#pump(opened);
  }

  /** A failure that nobody waits for is one of the stream. */
  fail(error: unknown): void {
    this.#failed.reject(error);
  }

  async #open(kind: Kind, tail: number): Promise<KindEvents | undefined> {
    const name = `${kind.namespace}/${kind.type}`;
    if (this.#names.has(name)) return undefined;
    this.#names.add(name);
    try {
      return await kindEvents(this.#parts.source, { kind, tail });
    } catch (error) {
      if (this.#parts.refused === "passed by" && isAccessDenied(error)) return undefined;
      throw error;
    }
  }

  async #pump(events: KindEvents): Promise<void> {
    for await (const batch of events.live()) {
      this.#behind += batch.length;
      for (const each of batch) {
        if (each.event === "missed") {
          this.#behind--;
          await this.#inTurn(() => this.#printMissed(each));
        } else {
          await this.#inTurn(() => this.#print(each));
        }
      }
    }
  }

  /** A machine that began anew has none of the positions: to be told so once is enough. */
  async #printMissed(missed: MissedEvents): Promise<void> {
    const { source: { clock }, printer } = this.#parts;
    if (!isInvalidBookmark(missed.reason)) return await printer.missed(missed);
    const nowMs = clock.monotonicMs();
    const isTold = this.#anewMs !== undefined && nowMs - this.#anewMs < ANEW_MS;
    this.#anewMs = nowMs;
    if (!isTold) await printer.missed({ ...missed, kind: undefined });
  }

  async #print(event: ToldEvent): Promise<void> {
    const { causes, printer } = this.#parts;
    const cause = this.#behind > CAUSES_BEHIND_MAX ? undefined : await causes?.of(event);
    this.#behind = Math.max(0, this.#behind - 1);
    await printer.event(event, cause);
  }

  /** One after the other, in the order they came; the watch of whoever waits stands still. */
  async #inTurn(print: () => Promise<void>): Promise<void> {
    const turn = this.#printed.then(print);
    this.#printed = turn.catch(() => {}); // It is told to whoever waits for it.
    await turn;
  }
}

function isWithin({ time }: ToldEvent, since: Timestamp | undefined): boolean {
  if (since === undefined) return true;
  return time !== undefined && nanoseconds(time) >= nanoseconds(since);
}
