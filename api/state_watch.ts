/** The Watch stream of cosi.resource.State: contracts/cosi.md §4.4, step by step. */
import { Code, ConnectError } from "@connectrpc/connect";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Resource as WireResource } from "../proto/gen/cosi/resource/resource_pb.ts";
import {
  type Event,
  EventSchema,
  EventType,
  type WatchOptions,
  type WatchRequest,
  type WatchResponseSchema,
} from "../proto/gen/cosi/resource/state_pb.ts";
import { StateError } from "../runtime/core/errors.ts";
import type { WatchEvent } from "../runtime/core/state.ts";
import type { ReadableState, Reading } from "./authorization/readable_state.ts";
import type { Identity } from "./authorization/roles.ts";
import type { ResourceCodec } from "./codec.ts";
import { BATCH_BYTES_MAX } from "./limits.ts";
import type { StateCaller } from "./state_calls.ts";
import type { WatchSlots } from "./watch_slots.ts";
import { wireQuery } from "./wire_query.ts";

/** From here on clients know BOOTSTRAPPED and ERRORED. */
const API_VERSION_TERMINAL = 1;

/** Bytes of an event besides its contents, roughly: names, times, framing. */
const EVENT_OVERHEAD_BYTES = 512;

/** Numbers of the kinds of event. */
export const EVENT_TYPES = {
  created: EventType.CREATED,
  updated: EventType.UPDATED,
  destroyed: EventType.DESTROYED,
  bootstrapped: EventType.BOOTSTRAPPED,
  errored: EventType.ERRORED,
  noop: EventType.NOOP,
} as const satisfies Record<WatchEvent["event"], EventType>;

type Answer = MessageInitShape<typeof WatchResponseSchema>;

/** What a watch stands on. */
export interface WatchParts {
  readonly reading: Reading;
  readonly codec: ResourceCodec;
  readonly watches: WatchSlots;
}

/** A watch that stands. */
export interface OpenWatch {
  /** Whether what is pending travels as one message; else each event is a message. */
  readonly aggregated: boolean;
  /** The state's events; ends in silence when the watch is closed. */
  readonly events: AsyncIterator<WatchEvent | readonly WatchEvent[]>;
  /** What of a turn of `events` the client may see. Of a batch nothing may be left; it happened all the same. */
  visible(turn: WatchEvent | readonly WatchEvent[]): readonly WatchEvent[];
  /** Ends the watch and gives its place back. Twice is once. */
  close(): void;
}

/** For whom a watch is. */
export interface Watcher {
  readonly identity: Identity;
  /** Its place among all, which is given back when it is over or does not start. */
  readonly slot: Disposable;
}

/**
 * Starts a watch.
 *
 * @throws {ConnectError} `Unknown`. @throws {StateError}
 */
export async function openWatch(
  parts: WatchParts,
  request: WatchRequest,
  { identity, slot }: Watcher,
): Promise<OpenWatch> {
  try {
    await parts.codec.prepare();
    const events = (await open(parts.reading.stateFor(identity), request))[Symbol.asyncIterator]();
    return {
      aggregated: isAggregated(request),
      events,
      visible(turn) {
        const batch = Array.isArray(turn) ? turn : [turn];
        return request.apiVersion >= API_VERSION_TERMINAL
          ? batch
          : batch.filter(({ event }) => event !== "bootstrapped" && event !== "errored");
      },
      close() {
        slot[Symbol.dispose]();
        events.return?.().catch(() => {}); // It is over either way.
      },
    };
  } catch (error) {
    slot[Symbol.dispose]();
    throw error;
  }
}

/** Messages of one watch: first an empty one, which says that the watch stands. */
export async function* watchMessages(
  parts: WatchParts,
  request: WatchRequest,
  { identity, caller, signal }: StateCaller,
): AsyncGenerator<Answer> {
  const taken = parts.watches.take(caller.client);
  if ("full" in taken) throw new ConnectError(taken.full, Code.ResourceExhausted);
  const watch = await openWatch(parts, request, { identity, slot: taken.slot });
  // A reader who left may never resume this generator.
  signal.addEventListener("abort", () => watch.close(), { once: true });
  if (signal.aborted) watch.close();
  try {
    yield { event: [] };
    for (let turn = await watch.events.next(); !turn.done; turn = await watch.events.next()) {
      const shown = watch.visible(turn.value);
      if (watch.aggregated) yield* messages(parts.codec, shown);
      else for (const event of shown) yield { event: [encodeEvent(parts.codec, event)] };
      const end = endOf(turn.value);
      if (end === undefined) continue;
      if (!knowsErrors(request)) throw end;
      // What is left is the client's to end: official ones take the end of a stream for another error.
      watch.close();
      return await aborted(signal);
    }
  } finally {
    watch.close();
  }
}

/** Resolves when the caller leaves, the deadline passes or the agent stops. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}

/**
 * Why a watch is over, if this is its last event: an overrun ends a watch, and clients that are told nothing of errors
 * would wait for ever.
 */
export function endOf(turn: WatchEvent | readonly WatchEvent[]): StateError | undefined {
  const last = Array.isArray(turn) ? turn.at(-1) : turn;
  return last?.event === "errored" ? last.error : undefined;
}

/** Whether the client is told of errors within the stream. */
export function knowsErrors({ apiVersion }: WatchRequest): boolean {
  return apiVersion >= API_VERSION_TERMINAL;
}

function isAggregated({ id, options }: WatchRequest): boolean {
  return id === undefined && (options?.aggregated ?? false);
}

function open(
  state: ReadableState,
  request: WatchRequest,
): Promise<AsyncIterable<WatchEvent | readonly WatchEvent[]>> {
  const { namespace, type, id, options } = request;
  const position = {
    ...(options === undefined || options.tailEvents <= 0 ? {} : { tailEvents: options.tailEvents }),
    ...(options?.startFromBookmark === undefined
      ? {}
      : { startFromBookmark: options.startFromBookmark }),
  };
  if (id !== undefined) {
    if (options?.bootstrapContents) throw unimplemented("bootstrap_contents");
    if ((options?.labelQuery.length ?? 0) > 0) throw unimplemented("label_query");
    refuseMixes(options);
    return state.watch({ namespace, type, id }, position);
  }
  refuseMixes(options);
  // Batches, whatever the client asked for: what is pending is then sent in one go.
  return state.watchKindAggregated({ namespace, type }, {
    ...position,
    query: wireQuery(options?.labelQuery, options?.idQuery),
    bootstrapContents: options?.bootstrapContents ?? false,
    bootstrapBookmark: options?.bootstrapBookmark ?? false,
  });
}

/** @throws {ConnectError} `Unknown`, the code that official servers have for it: of where to begin, one may be asked for. */
function refuseMixes(options: WatchOptions | undefined): void {
  if (options === undefined) return;
  const asked = [
    ...(options.bootstrapContents ? ["bootstrap_contents"] : []),
    ...(options.tailEvents > 0 ? ["tail_events"] : []),
    ...(options.startFromBookmark === undefined ? [] : ["start_from_bookmark"]),
  ];
  if (asked.length < 2) return;
  const detail = `a watch may begin by one of ${asked.join(" and ")}, not by all of them`;
  throw new ConnectError(detail, Code.Unknown);
}

/** One message, or several where a batch would not fit into one. */
function* messages(codec: ResourceCodec, events: readonly WatchEvent[]): Generator<Answer> {
  let batch: Event[] = [];
  let size = 0;
  for (const event of events) {
    const encoded = encodeEvent(codec, event);
    const cost = EVENT_OVERHEAD_BYTES + sizeOf(encoded.resource) + sizeOf(encoded.old);
    if (batch.length > 0 && size + cost > BATCH_BYTES_MAX) {
      yield { event: batch };
      [batch, size] = [[], 0];
    }
    batch.push(encoded);
    size += cost;
  }
  yield { event: batch };
}

function encodeEvent(codec: ResourceCodec, event: WatchEvent): Event {
  return create(EventSchema, {
    eventType: EVENT_TYPES[event.event],
    ...(event.bookmark === undefined ? {} : { bookmark: event.bookmark }),
    ...(event.event === "errored"
      ? { error: event.error.message }
      : { resource: codec.encode(event.resource) }),
    ...(event.event === "updated" ? { old: codec.encode(event.old) } : {}),
  });
}

function sizeOf(resource: WireResource | undefined): number {
  const spec = resource?.spec;
  return spec === undefined ? 0 : (spec.protoSpec?.length ?? 0) + spec.yamlSpec.length;
}

function unimplemented(option: string): StateError {
  return new StateError({ refusal: "unsupported", operation: `${option} on a single resource` });
}
