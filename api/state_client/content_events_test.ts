// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import {
  EventType,
  State,
  WatchRequestSchema,
  WatchResponseSchema,
} from "../../proto/gen/cosi/resource/state_pb.ts";
import { type ContentEvent, contentEvents, WATCH_PATH, watchRequest } from "./content_events.ts";

Deno.test("watchRequest() is read by the library as a watch of one resource", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 });
  fc.assert(fc.property(text, text, text, (namespace, type, id) => {
    const { $typeName: _, ...read } = fromBinary(
      WatchRequestSchema,
      watchRequest({ namespace, type, id }),
    );
    assertEquals(read, { namespace, type, id, apiVersion: 1 });
  }));
  assertEquals(WATCH_PATH, `/${State.typeName}/${State.method.watch.name}`);
});

const resource = fc.record({
  metadata: fc.record({ namespace: fc.string(), id: fc.string(), version: fc.string() }),
  spec: fc.record(
    { protoSpec: fc.uint8Array({ maxLength: 40 }), yamlSpec: fc.string() },
    { requiredKeys: ["yamlSpec"] },
  ),
});

Deno.test("contentEvents() reads what the library writes", () => {
  const event = fc.record({
    eventType: fc.constantFrom(
      ...[EventType.CREATED, EventType.UPDATED, EventType.DESTROYED],
      ...[EventType.BOOTSTRAPPED, EventType.NOOP],
    ),
    resource,
    old: resource,
    bookmark: fc.uint8Array({ maxLength: 8 }),
  });
  fc.assert(fc.property(fc.array(event), (events) => {
    const init = events.map(({ old, ...each }) => ({
      ...each,
      ...(each.eventType === EventType.UPDATED ? { old } : {}),
    }));
    const message = create(WatchResponseSchema, { event: init });
    const wanted = events.flatMap(({ eventType, resource }): ContentEvent[] => {
      if (eventType === EventType.DESTROYED) return [{ content: undefined }];
      if (eventType !== EventType.CREATED && eventType !== EventType.UPDATED) return [];
      return [{ content: resource.spec.protoSpec ?? new Uint8Array(0) }];
    });
    assertEquals(
      contentEvents(toBinary(WatchResponseSchema, message)).map((each) =>
        "content" in each && each.content ? { content: Uint8Array.from(each.content) } : each
      ),
      wanted,
    );
  }));
});

Deno.test("contentEvents() tells why a watch is over", () => {
  const said = (error?: string) =>
    contentEvents(toBinary(
      WatchResponseSchema,
      create(WatchResponseSchema, {
        event: [{ eventType: EventType.ERRORED, ...(error === undefined ? {} : { error }) }],
      }),
    ));
  assertEquals(said("overtaken"), [{ error: "overtaken" }]);
  assertEquals(said(), [{ error: "it ended with an error that has no words" }]);
});

Deno.test("contentEvents() refuses what is no message", () => {
  assertThrows(() => contentEvents(new Uint8Array([0x0a, 9, 1])));
});
