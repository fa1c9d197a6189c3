/** cosi.resource.State as gRPC calls it: straight from bytes to the state and back, past the library's streams. */
import { Code } from "@connectrpc/connect";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import {
  CreateRequestSchema,
  DestroyRequestSchema,
  GetRequestSchema,
  ListRequestSchema,
  State,
  TeardownAndDestroyRequestSchema,
  TeardownRequestSchema,
  UpdateRequestSchema,
  WatchRequestSchema,
} from "../../proto/gen/cosi/resource/state_pb.ts";
import { failureText } from "../../runtime/core/errors.ts";
import type { Resource } from "../../runtime/core/resource.ts";
import type { WatchEvent } from "../../runtime/core/state.ts";
import { codeOf } from "../errors.ts";
import { EVENTS_MESSAGE_BYTES_MAX } from "../limits.ts";
import { missing, type StateCaller, stateCalls, type StateServiceParts } from "../state_calls.ts";
import { endOf, knowsErrors, openWatch } from "../state_watch.ts";
import { decoded, decodedPointer } from "./decoding.ts";
import type { GrpcCall } from "./grpc_call.ts";
import type { GrpcMethod, ServerStreamMethod, UnaryMethod } from "./grpc_method.ts";
import { frameOf, PREFIX_BYTES } from "./message_frames.ts";
import { Refused } from "./refused.ts";
import { type WireBytes, wireBytes } from "./wire_bytes.ts";

/** A message without fields, framed. */
const EMPTY_FRAME = frameOf(new Uint8Array(0));
/** TeardownResponse of `destroy_ready`, framed. */
const READY_FRAME = frameOf(Uint8Array.of(1 << 3, 1));

/** Makes the eight methods, by path. */
export function stateMethods(parts: StateServiceParts): readonly (readonly [string, GrpcMethod])[] {
  const { codec } = parts;
  const calls = stateCalls(parts);
  const bytes = wireBytes(codec);

  function answer(resource: Resource): Uint8Array | Promise<Uint8Array> {
    if (codec.isReady) return bytes.resourceFrame(resource);
    return codec.prepare().then(() => bytes.resourceFrame(resource));
  }

  const methods: readonly GrpcMethod[] = [
    {
      kind: "unary",
      name: "Get",
      answer(message, call) {
        const pointer = decodedPointer(GetRequestSchema.typeName, message);
        const found = calls.get(pointer, call);
        if (found !== undefined) return answer(found);
        return new Refused(codeOf("not-found", "Get"), failureText(missing(pointer)));
      },
    },
    {
      kind: "server_streaming",
      name: "List",
      async stream(message, call) {
        const found = calls.list(decoded(ListRequestSchema, message), call);
        await codec.prepare();
        for (const resource of found) {
          if (call.isOver) return;
          call.push(bytes.resourceFrame(resource));
          if (call.isFull) await call.flush();
        }
      },
    },
    unary("Create", CreateRequestSchema, async (request, call) => {
      return answer(await calls.create(request, call));
    }),
    unary("Update", UpdateRequestSchema, async (request, call) => {
      return answer(await calls.update(request, call));
    }),
    unary("Destroy", DestroyRequestSchema, async (request, call) => {
      await calls.destroy(request, call);
      return EMPTY_FRAME;
    }),
    unary("Teardown", TeardownRequestSchema, async (request, call) => {
      return await calls.teardown(request, call) ? READY_FRAME : EMPTY_FRAME;
    }),
    unary("TeardownAndDestroy", TeardownAndDestroyRequestSchema, async (request, call) => {
      await calls.teardownAndDestroy(request, call);
      return EMPTY_FRAME;
    }),
    watchMethod(parts, bytes),
  ];
  return methods.map((method) => [`/${State.typeName}/${method.name}`, method]);
}

function unary<Desc extends DescMessage>(
  name: string,
  schema: Desc,
  act: (request: MessageShape<Desc>, from: StateCaller) => Promise<Uint8Array>,
): UnaryMethod {
  return { kind: "unary", name, answer: (message, call) => act(decoded(schema, message), call) };
}

/** Contracts/cosi.md §4.4: an empty message when the watch stands, then what happens. */
function watchMethod(parts: StateServiceParts, bytes: WireBytes): ServerStreamMethod {
  return {
    kind: "server_streaming",
    name: "Watch",
    async stream(message, call) {
      const request = decoded(WatchRequestSchema, message);
      const taken = parts.watches.take(call.client);
      if ("full" in taken) return call.refuse(new Refused(Code.ResourceExhausted, taken.full));
      const watch = await openWatch(parts, request, { identity: call.identity, slot: taken.slot });
      call.onOver(() => watch.close());
      try {
        call.push(EMPTY_FRAME);
        await call.flush();
        for (let turn = await watch.events.next(); !turn.done; turn = await watch.events.next()) {
          const shown = watch.visible(turn.value);
          if (watch.aggregated) await sendBatch(call, shown, bytes);
          else await sendEach(call, shown, bytes);
          const end = endOf(turn.value);
          if (end === undefined) continue;
          if (!knowsErrors(request)) throw end;
          // What is left is the client's to end: official ones take the end of a stream for another error.
          watch.close();
          return await left(call);
        }
      } finally {
        watch.close();
      }
    },
  };
}

/** Resolves when the caller leaves, the deadline passes or the agent stops. */
function left(call: GrpcCall): Promise<void> {
  return new Promise((resolve) => call.onOver(resolve));
}

async function sendEach(
  call: GrpcCall,
  events: readonly WatchEvent[],
  bytes: WireBytes,
): Promise<void> {
  for (const event of events) {
    if (call.isOver) return; // Nobody is left to encode for.
    call.push(bytes.eventFrame(event));
    if (call.isFull) await call.flush();
  }
  await call.flush();
}

/** One message, or several where it would grow too long; one without events says that something happened. */
async function sendBatch(
  call: GrpcCall,
  events: readonly WatchEvent[],
  bytes: WireBytes,
): Promise<void> {
  let batch: Uint8Array[] = [];
  let length = 0;
  for (const event of events) {
    if (call.isOver) return;
    // As the reader takes them: all at once could be more than there is memory for.
    const field = bytes.eventFrame(event).subarray(PREFIX_BYTES);
    if (batch.length > 0 && length + field.length > EVENTS_MESSAGE_BYTES_MAX) {
      call.push(batchFrame(batch, length));
      await call.flush();
      [batch, length] = [[], 0];
    }
    batch.push(field);
    length += field.length;
  }
  call.push(batchFrame(batch, length));
  await call.flush();
}

/** Fields one behind the other are a message that repeats them. */
function batchFrame(fields: readonly Uint8Array[], length: number): Uint8Array {
  const message = new Uint8Array(length);
  let at = 0;
  for (const field of fields) {
    message.set(field, at);
    at += field.length;
  }
  return frameOf(message);
}
