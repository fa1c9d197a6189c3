/** What must hold of a sequence once everything said has taken effect, and when all is over. */
import { Http2Code } from "../../api/http2/fault.ts";
import type { Actor } from "./actor.ts";
import { BAD_LISTS, GOOD_LISTS } from "./header_blocks.ts";
import type { AskedStream } from "./request_judge.ts";
import type { Sequence } from "./sequence.ts";

/** Milliseconds until a time-out may have passed. */
const FIRST_TIMEOUT_MS = 10_000;
/** What time-outs end a connection with. */
const TIMEOUT_CODES: readonly number[] = [Http2Code.SETTINGS_TIMEOUT, Http2Code.PROTOCOL_ERROR];

const GOOD = new Set(GOOD_LISTS.map((list) => list.join("\0")));
const BAD = new Set(BAD_LISTS.map((list) => list.join("\0")));

/** Nothing more happens by itself: what is wrong? */
export function settledFaults(sequence: Sequence): string[] {
  const { answer, duplex } = sequence;
  const codes = codeFaults(sequence);
  if (codes.length > 0 || duplex.broken || !duplex.isQuiet) return codes;
  // The last words did not leave before the peer's time was up.
  if (sequence.finished && duplex.isSlow && sequence.elapsedMs > 0) return [];
  if (answer.rest > 0) return [`${answer.rest} bytes of half a frame`];
  return [...verdictFaults(sequence), ...healthyFaults(sequence)];
}

/** Whether the connection was ended for a reason that it had. */
function codeFaults({ answer, request, isTight, elapsedMs }: Sequence): string[] {
  const { error } = answer;
  if (error === undefined || request.must?.has(error) || request.may.has(error)) return [];
  if (isTight && error === Http2Code.ENHANCE_YOUR_CALM) return [];
  if (elapsedMs >= FIRST_TIMEOUT_MS && TIMEOUT_CODES.includes(error)) return [];
  const wanted = [...request.must ?? []].join(" or ");
  return [`GOAWAY with code ${error}, not ${wanted || "any"}`];
}

/** Whether it was ended where it must be. */
function verdictFaults({ answer, request, drained, connection }: Sequence): string[] {
  if (answer.error !== undefined || drained) return [];
  if (request.must !== undefined) {
    return [`no GOAWAY with code ${[...request.must].join(" or ")}`];
  }
  // What was given back later than it was sent makes this too lenient, never too strict.
  if (request.counted > request.granted) return ["no GOAWAY for DATA beyond the window"];
  if (65_535 + request.credit - answer.data > 2 ** 31 - 1) return ["no GOAWAY for a great window"];
  return connection.streams < 0 ? ["streams below zero"] : [];
}

/** What holds of a connection that goes on. */
function healthyFaults(sequence: Sequence): string[] {
  const { answer, request, connection, actors, finished, elapsedMs, limits } = sequence;
  if (answer.error !== undefined || finished) return [];
  const faults: string[] = [];
  const open = actors.filter(({ exchange }) => !exchange.closed);
  if (connection.streams !== open.length) {
    faults.push(`${connection.streams} streams, ${open.length} exchanges open`);
  }
  if (request.settings.length > 0 && !sequence.drained) faults.push("SETTINGS not acknowledged");
  if (request.pings.length > 0 && !sequence.drained) faults.push("PING not answered");
  if (elapsedMs >= 2 * FIRST_TIMEOUT_MS && !request.acknowledged) {
    faults.push("no SETTINGS_TIMEOUT");
  }
  if (open.length === 0 && !sequence.drained) {
    const owed = request.counted - (request.granted - limits.connectionWindowBytes);
    if (2 * owed >= limits.connectionWindowBytes) faults.push(`${owed} bytes not given back`);
  }
  for (const actor of open) faults.push(...openFaults(actor, sequence));
  if (sequence.drained) return faults;
  const byStream = new Map(actors.map((actor) => [actor.id, actor]));
  for (const asked of request.streams.values()) {
    faults.push(...askedFaults(asked, { sequence, actor: byStream.get(asked.id) }));
  }
  return faults;
}

/** A stream that is open has a reason to be. */
function openFaults(
  { id, ended, written }: Actor,
  { answer, request, limits }: Sequence,
): string[] {
  const sent = answer.streams.get(id)?.data ?? 0;
  const asked = request.streams.get(id);
  const faults: string[] = [];
  if ((ended || written > sent) && answer.room(id) > 0) {
    faults.push(`stream ${id} is stuck: ${sent} of ${written} bytes, room for ${answer.room(id)}`);
  }
  if (asked?.reset === true) faults.push(`stream ${id} is open though the client has reset it`);
  const window = limits.streamWindowBytes + (answer.streams.get(id)?.credit ?? 0);
  if (asked !== undefined && asked.countedBeforeLast > window) {
    faults.push(`stream ${id} took ${asked.countedBeforeLast} bytes of ${window}`);
  }
  return faults;
}

interface Found {
  readonly sequence: Sequence;
  readonly actor: Actor | undefined;
}

/** A request was handled where it is right, refused where it is not, and not reset for nothing. */
function askedFaults(asked: AskedStream, { sequence, actor }: Found): string[] {
  const key = asked.pairs.join("\0");
  const length = contentLength(asked.pairs);
  const { id } = asked;
  const reset = sequence.answer.streams.get(id)?.reset;
  const isRight = GOOD.has(key) && !asked.dependsOnItself &&
    !(asked.endsAtOnce && (length ?? 0) > 0);
  const isWrong = BAD.has(key) || asked.dependsOnItself && asked.isSmall;
  if (isWrong && actor !== undefined) return [`stream ${id} was handled: ${asked.pairs}`];
  if (sequence.isTight) return [];
  if (isWrong && reset !== Http2Code.PROTOCOL_ERROR) {
    return [`stream ${id} was reset with ${reset}: ${asked.pairs}`];
  }
  if (!isRight) return [];
  if (actor === undefined) return [`stream ${id} was not handled: ${asked.pairs}`];
  const faults = headFaults(asked, actor);
  const isClean = !asked.isFaulty && !asked.reset && !actor.isRough && length === undefined &&
    asked.counted <= sequence.limits.streamWindowBytes;
  if (isClean && !(reset === undefined || reset === 0 || reset === Http2Code.STREAM_CLOSED)) {
    // Trailers may be wrong.
    if (asked.trailersCount === 0) faults.push(`stream ${id} was reset with ${reset}`);
  }
  return faults;
}

/** The handler was told what the client had said. */
function headFaults({ pairs, id }: AskedStream, { exchange }: Actor): string[] {
  const said = pairs.filter((_, index) => !(pairs[index & ~1] ?? "").startsWith(":"));
  const value = (name: string): string => pairs[pairs.indexOf(name) + 1] ?? "";
  const isSame = exchange.headers.join("\0") === said.join("\0") &&
    exchange.method === value(":method") &&
    exchange.path === (pairs.includes(":path") ? value(":path") : "");
  return isSame ? [] : [`stream ${id} was handled with other headers: ${exchange.headers}`];
}

function contentLength(pairs: readonly string[]): number | undefined {
  const at = pairs.indexOf("content-length");
  return at < 0 ? undefined : Number(pairs[at + 1]);
}

/** All is over: is anything left, or was anything told wrongly? */
export function leftovers(sequence: Sequence): string[] {
  const { connection, budget, clock, finished, released, actors, duplex } = sequence;
  const faults = codeFaults(sequence);
  if (!finished) faults.push("not finished");
  if (!released) faults.push("not released");
  if (!duplex.closed) faults.push("the byte stream is not closed");
  if (connection.streams !== 0) faults.push(`${connection.streams} streams left`);
  if (budget.bytes !== 0) faults.push(`${budget.bytes} bytes left in the budget`);
  if (clock.sleeping !== 0) faults.push(`${clock.sleeping} timers left`);
  for (const actor of actors) faults.push(...actorFaults(actor, sequence));
  return faults;
}

function actorFaults(actor: Actor, { answer, request }: Sequence): string[] {
  const { id, exchange, written, ended, broken, pending, surprises } = actor;
  const faults = surprises.map((error) => `stream ${id}: ${error}`);
  if (!exchange.closed) faults.push(`stream ${id} is not closed`);
  if (pending > 0) faults.push(`stream ${id} keeps its handler waiting`);
  if (broken > 1) faults.push(`stream ${id} broke ${broken} times`);
  const sent = answer.streams.get(id);
  if ((sent?.data ?? 0) > written) faults.push(`stream ${id} has more bytes than were written`);
  if (sent?.phase === "ended") {
    if (sent.data !== written) faults.push(`stream ${id} ended at ${sent.data} of ${written}`);
    if (!ended) faults.push(`stream ${id} ended by itself`);
    if (broken > 0) faults.push(`stream ${id} broke and ended`);
  }
  const { body = [], pairs = [] } = request.streams.get(id) ?? {};
  const length = contentLength(pairs);
  if (actor.bodyEnded && length !== undefined && GOOD.has(pairs.join("\0"))) {
    const bytes = body.reduce((sum, part) => sum + part.length, 0);
    if (bytes !== length) faults.push(`stream ${id} took ${bytes} bytes of ${length}`);
  }
  if (actor.bodyEnded && !sameBytes(actor.body, body)) {
    faults.push(`stream ${id} has another body than was sent`);
  }
  return faults;
}

function sameBytes(left: readonly Uint8Array[], right: readonly Uint8Array[]): boolean {
  const bytes = (parts: readonly Uint8Array[]): number =>
    parts.reduce((sum, part) => sum + part.length, 0);
  if (bytes(left) !== bytes(right)) return false;
  const flat = right.length === 1 ? right[0] : new Uint8Array(bytes(right));
  if (flat === undefined) return true;
  if (right.length > 1) {
    let at = 0;
    for (const part of right) {
      flat.set(part, at);
      at += part.length;
    }
  }
  let at = 0;
  for (const part of left) {
    for (const byte of part) {
      if (byte !== flat[at++]) return false;
    }
  }
  return true;
}
