/** The Watch stream of cosi.resource.State: contracts/cosi.md §4.4, step by step. */
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Resource as WireResource } from "../proto/gen/cosi/resource/resource_pb.ts";
import {
  type Event,
  EventSchema,
  EventType,
  type WatchRequest,
  type WatchResponseSchema,
} from "../proto/gen/cosi/resource/state_pb.ts";
import { StateError } from "../runtime/core/errors.ts";
import type { LocalState, WatchEvent } from "../runtime/core/state.ts";
import { CALLER } from "./caller.ts";
import type { ResourceCodec } from "./codec.ts";
import { BATCH_BYTES_MAX } from "./limits.ts";
import type { WatchSlots } from "./watch_slots.ts";
import { wireQuery } from "./wire_query.ts";

/** From here on clients know BOOTSTRAPPED and ERRORED. */
const API_VERSION_TERMINAL = 1;

/** Bytes of an event besides its contents, roughly: names, times, framing. */
const EVENT_OVERHEAD_BYTES = 512;

const TYPES = {
  created: EventType.CREATED,
  updated: EventType.UPDATED,
  destroyed: EventType.DESTROYED,
  bootstrapped: EventType.BOOTSTRAPPED,
  errored: EventType.ERRORED,
  noop: EventType.NOOP,
} as const satisfies Record<WatchEvent["event"], EventType>;

type Answer = MessageInitShape<typeof WatchResponseSchema>;

interface WatchParts {
  readonly state: LocalState;
  readonly codec: ResourceCodec;
  readonly watches: WatchSlots;
}

/**
 * Messages of one watch: first an empty one, which says that the watch stands, then one an event, or several batched.
 * Ends when the client, the deadline or the agent does; an `errored` event is its last.
 */
export async function* watchMessages(
  parts: WatchParts,
  request: WatchRequest,
  context: HandlerContext,
): AsyncGenerator<Answer> {
  const taken = parts.watches.take(context.values.get(CALLER).client);
  if ("full" in taken) throw new ConnectError(taken.full, Code.ResourceExhausted);
  using slot = taken.slot;
  // A reader who left may never resume this generator.
  context.signal.addEventListener("abort", () => slot[Symbol.dispose](), { once: true });
  await parts.codec.prepare();
  const batches = await open(parts.state, request, context.signal);
  yield { event: [] };
  for await (const batch of batches) {
    const shown = batch.filter(({ event }) => visible(event, request.apiVersion));
    // A batch says that something happened even where the client cannot be told what.
    if (shown.length === 0 && !isAggregated(request)) continue;
    yield* messages(parts.codec, shown);
  }
}

function isAggregated({ id, options }: WatchRequest): boolean {
  return id === undefined && (options?.aggregated ?? false);
}

function visible(event: WatchEvent["event"], apiVersion: number): boolean {
  if (event !== "bootstrapped" && event !== "errored") return true;
  return apiVersion >= API_VERSION_TERMINAL;
}

async function open(
  state: LocalState,
  request: WatchRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<readonly WatchEvent[]>> {
  const { namespace, type, id, options } = request;
  const position = {
    signal,
    ...(options === undefined || options.tailEvents <= 0 ? {} : { tailEvents: options.tailEvents }),
    ...(options?.startFromBookmark === undefined
      ? {}
      : { startFromBookmark: options.startFromBookmark }),
  };
  if (id !== undefined) {
    if (options?.bootstrapContents) throw unimplemented("bootstrap_contents");
    if ((options?.labelQuery.length ?? 0) > 0) throw unimplemented("label_query");
    return single(await state.watch({ namespace, type, id }, position));
  }
  const kindOptions = {
    ...position,
    query: wireQuery(options?.labelQuery, options?.idQuery),
    bootstrapContents: options?.bootstrapContents ?? false,
    bootstrapBookmark: options?.bootstrapBookmark ?? false,
  };
  if (isAggregated(request)) return state.watchKindAggregated({ namespace, type }, kindOptions);
  return single(await state.watchKind({ namespace, type }, kindOptions));
}

async function* single(events: AsyncIterable<WatchEvent>): AsyncGenerator<readonly WatchEvent[]> {
  for await (const event of events) yield [event];
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
    eventType: TYPES[event.event],
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
