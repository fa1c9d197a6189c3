/** One attempt at a watch: from the request to the first message, and what comes after it. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type {
  State as StateDescriptor,
  WatchOptionsSchema,
} from "../../proto/gen/cosi/resource/state_pb.ts";
import type { Kind, Pointer } from "../../runtime/core/resource.ts";
import type { KindWatchOptions, WatchEvent } from "../../runtime/core/state.ts";
import { readEvent } from "./event_reader.ts";
import { queryMessage } from "./query_message.ts";
import { type CallFacts, refusal } from "./refusal.ts";
import type { ResourceReader } from "./resource_reader.ts";

/** From here on servers send BOOTSTRAPPED and ERRORED. */
const API_VERSION = 1;

/** What is watched, and how. */
export interface WatchPlan {
  /** A resource, or all of a kind. */
  readonly target: Pointer | Kind;
  readonly options: KindWatchOptions;
  /** Whether what is pending is to come as one message. */
  readonly aggregated: boolean;
}

/** Opens watches. */
export interface WatchOpener {
  /**
   * Resolves when the watch stands.
   *
   * @returns Events as they come, none of the batches empty; ends when the server ends the stream.
   * @throws {StateError} Also from the batches.
   */
  open(plan: WatchPlan, signal: AbortSignal): Promise<AsyncIterable<readonly WatchEvent[]>>;
}

export function watchOpener(
  client: Client<typeof StateDescriptor>,
  read: ResourceReader,
): WatchOpener {
  return {
    async open(plan, signal) {
      const { target } = plan;
      const facts: CallFacts = "id" in target
        ? { call: "Watch", pointer: target }
        : { call: "Watch" };
      const { namespace, type } = target;
      const request = {
        ...{ namespace, type, apiVersion: API_VERSION, options: optionsMessage(plan) },
        ...("id" in target ? { id: target.id } : {}),
      };
      const messages = client.watch(request, { signal })[Symbol.asyncIterator]();
      const next = async () => {
        try {
          return await messages.next();
        } catch (error) {
          throw refusal(error, facts);
        }
      };
      // It says that the watch stands, and nothing else: official clients do not look at it either.
      const ready = await next();
      async function* batches(): AsyncGenerator<readonly WatchEvent[]> {
        if (ready.done) return;
        for (let turn = await next(); !turn.done; turn = await next()) {
          const events = turn.value.event.map((event) => readEvent(event, read));
          if (events.length > 0) yield events;
        }
      }
      return batches();
    },
  };
}

function optionsMessage(
  { options, aggregated, target }: WatchPlan,
): MessageInitShape<typeof WatchOptionsSchema> {
  const { tailEvents = 0, startFromBookmark, bootstrapContents, bootstrapBookmark } = options;
  return {
    tailEvents: Math.max(0, tailEvents),
    ...(startFromBookmark === undefined ? {} : { startFromBookmark }),
    ...("id" in target ? {} : {
      ...queryMessage(options.query),
      aggregated,
      bootstrapContents: bootstrapContents ?? false,
      bootstrapBookmark: bootstrapBookmark ?? false,
    }),
  };
}
