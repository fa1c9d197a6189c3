/**
 * A state on another machine: `State` by the calls of cosi.resource.State, over any transport of `@connectrpc/connect`.
 *
 * What the server refuses is a StateError as of a state in this process. Calls that get no answer are `closed`: a write may
 * have happened then. No call is tried again but lost watches: see lasting_watch.ts.
 */
import {
  type CallOptions as WireOptions,
  type Client,
  createClient,
  type Transport,
} from "@connectrpc/connect";
import { State as StateDescriptor } from "../../proto/gen/cosi/resource/state_pb.ts";
import { isUnsupported, StateError } from "../../runtime/core/errors.ts";
import type { Clock, Random } from "../../runtime/core/ports.ts";
import type { Pointer, Resource } from "../../runtime/core/resource.ts";
import type { ResourceTypes } from "../../runtime/core/resource_types.ts";
import type {
  CallOptions,
  CoreState,
  DestroyOptions,
  ListOptions,
  State,
  UpdateOptions,
  WatchEvent,
} from "../../runtime/core/state.ts";
import { withHelpers } from "../../runtime/core/state_helpers.ts";
import { type ResourceCodec, resourceCodec } from "../codec.ts";
import type { StateCall } from "../errors.ts";
import { LISTED_BYTES_MAX, LISTED_RESOURCES_MAX, STATE_CALL_MS_MAX } from "../limits.ts";
import { lastingWatch, type LastingWatchParts } from "./lasting_watch.ts";
import { queryMessage } from "./query_message.ts";
import { type CallFacts, refusal } from "./refusal.ts";
import { type ResourceReader, resourceReader } from "./resource_reader.ts";
import { watchOpener } from "./watch_stream.ts";

/** Bytes of a resource besides its content, about. */
const RESOURCE_OVERHEAD_BYTES = 512;

/** What a client of a state needs. */
export interface StateClientOptions {
  /** Types whose content is decoded and encoded; that of others passes through untouched. */
  readonly types: ResourceTypes;
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds a call with one answer may take; that of limits.ts unless given. */
  readonly callMsMax?: number;
}

/** Makes the client; nothing is asked before the first call. */
export function stateClient(transport: Transport, options: StateClientOptions): State {
  const { types, clock, random, callMsMax = STATE_CALL_MS_MAX } = options;
  const wire: Wire = {
    client: createClient(StateDescriptor, transport),
    read: resourceReader(types),
    codec: resourceCodec(types),
    callMsMax,
  };
  const opener = watchOpener(wire.client, wire.read);
  const core = { ...reads(wire), ...writes(wire), ...watches({ opener, clock, random }) };
  return withHelpers({ ...core, ...endings(wire, core) });
}

/** What the calls stand on. */
interface Wire {
  readonly client: Client<typeof StateDescriptor>;
  readonly read: ResourceReader;
  readonly codec: ResourceCodec;
  readonly callMsMax: number;
}

function reads({ client, read, callMsMax }: Wire): Pick<CoreState, "get" | "list"> {
  return {
    async get({ namespace, type, id }, options = {}) {
      const pointer = { namespace, type, id };
      return await ask({ call: "Get", pointer }, options, async (how) => {
        const request = { ...pointer, options: {} };
        return read((await client.get(request, { ...how, timeoutMs: callMsMax })).resource);
      });
    },

    async list({ namespace, type }, options: ListOptions = {}) {
      return await ask({ call: "List" }, options, async (how) => {
        const request = { namespace, type, options: queryMessage(options.query) };
        const found: Resource[] = [];
        let bytes = 0;
        for await (const { resource } of client.list(request, how)) {
          const { protoSpec, yamlSpec = "" } = resource?.spec ?? {};
          bytes += RESOURCE_OVERHEAD_BYTES + (protoSpec?.length ?? 0) + yamlSpec.length;
          if (found.length === LISTED_RESOURCES_MAX || bytes > LISTED_BYTES_MAX) throw tooMuch();
          found.push(read(resource));
        }
        return found;
      });
    },
  };
}

function writes(
  { client, read, codec, callMsMax }: Wire,
): Pick<CoreState, "create" | "update" | "destroy"> {
  async function encoded(resource: Resource) {
    await codec.prepare();
    return codec.encode(resource);
  }

  return {
    async create(resource, options = {}) {
      const { metadata } = resource;
      return await ask({ call: "Create", pointer: nameOf(metadata) }, options, async (how) => {
        const request = { resource: await encoded(resource), options: ownerOf(options) };
        return read((await client.create(request, { ...how, timeoutMs: callMsMax })).resource);
      });
    },

    async update(resource, options: UpdateOptions = {}) {
      const { expectedPhase = "running" } = options;
      const { metadata } = resource;
      const phase = expectedPhase === "any" ? metadata.phase : expectedPhase;
      const expected = { version: metadata.version, phase };
      const facts = { call: "Update", pointer: nameOf(metadata), expected } as const;
      return await ask(facts, options, async (how) => {
        // Absent means any; the options themselves must never be.
        const wanted = expectedPhase === "any" ? {} : { expectedPhase };
        const request = {
          newResource: await encoded(resource),
          options: { ...ownerOf(options), ...wanted },
        };
        return read((await client.update(request, { ...how, timeoutMs: callMsMax })).resource);
      });
    },

    async destroy({ namespace, type, id }, options = {}) {
      const pointer = { namespace, type, id };
      await ask({ call: "Destroy", pointer }, options, async (how) => {
        const request = { ...pointer, options: ownerOf(options) };
        await client.destroy(request, { ...how, timeoutMs: callMsMax });
      });
    },
  };
}

function watches(
  parts: LastingWatchParts,
): Pick<CoreState, "watch" | "watchKind" | "watchKindAggregated"> {
  return {
    async watch(target, options = {}) {
      const plan = { target: nameOf(target), options, aggregated: false };
      return flat(await lastingWatch(parts, plan));
    },
    async watchKind({ namespace, type }, options = {}) {
      const plan = { target: { namespace, type }, options, aggregated: false };
      return flat(await lastingWatch(parts, plan));
    },
    async watchKindAggregated({ namespace, type }, options = {}) {
      return await lastingWatch(parts, { target: { namespace, type }, options, aggregated: true });
    },
  };
}

/** The two calls that older servers do not have: from the first refusal on they are made of the others. */
function endings(
  { client, callMsMax }: Wire,
  core: CoreState,
): Required<Pick<CoreState, "teardown" | "teardownAndDestroy">> {
  const made = withHelpers(core);
  let isOld = false;

  async function either<T>(call: () => Promise<T>, instead: () => Promise<T>): Promise<T> {
    if (isOld) return await instead();
    try {
      return await call();
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      isOld = true;
      return await instead();
    }
  }

  return {
    teardown({ namespace, type, id }, options = {}) {
      const pointer = { namespace, type, id };
      const request = { ...pointer, options: ownerOf(options) };
      const call = () =>
        ask({ call: "Teardown", pointer }, options, async (how) => {
          return (await client.teardown(request, { ...how, timeoutMs: callMsMax })).destroyReady;
        });
      return either(call, () => made.teardown(pointer, options));
    },

    teardownAndDestroy({ namespace, type, id }, options = {}) {
      const pointer = { namespace, type, id };
      const request = { ...pointer, options: ownerOf(options) };
      const call = () =>
        ask({ call: "TeardownAndDestroy", pointer }, options, async (how) => {
          // For as long as it takes.
          await client.teardownAndDestroy(request, { ...how, timeoutMs: 0 });
        });
      return either(call, () => made.teardownAndDestroy(pointer, options));
    },
  };
}

/** Makes a call: who gave it up is told so, and what the server refuses is a refusal. */
async function ask<T>(
  facts: CallFacts & { readonly call: StateCall },
  { signal }: CallOptions,
  act: (how: WireOptions) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await act(signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw refusal(error, facts);
  }
}

function ownerOf({ owner = "" }: DestroyOptions): { owner: string } {
  return { owner };
}

function nameOf({ namespace, type, id }: Pointer): Pointer {
  return { namespace, type, id };
}

/** One event at a time; ending it ends the watch. */
function flat(batches: AsyncIterable<readonly WatchEvent[]>): AsyncIterable<WatchEvent> {
  const source = batches[Symbol.asyncIterator]();
  async function* events(): AsyncGenerator<WatchEvent, undefined> {
    for (let turn = await source.next(); !turn.done; turn = await source.next()) yield* turn.value;
  }
  const flattened = events();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => flattened.next(),
      async return() {
        await source.return?.();
        return await flattened.return(undefined);
      },
    }),
  };
}

function tooMuch(): StateError {
  const detail = `the list has more than ${LISTED_RESOURCES_MAX} resources, or ` +
    `${LISTED_BYTES_MAX} bytes`;
  return new StateError({ refusal: "overrun", detail });
}
