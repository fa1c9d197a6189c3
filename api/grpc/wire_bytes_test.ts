// @ts-types="types/std_assert.d.ts"
import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  EventType,
  GetResponseSchema,
  ListResponseSchema,
  WatchResponseSchema,
} from "../../proto/gen/cosi/resource/state_pb.ts";
import { StateError } from "../../runtime/core/errors.ts";
import { newMetadata, tombstone } from "../../runtime/core/metadata.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import type { Resource } from "../../runtime/core/resource.ts";
import type { WatchEvent } from "../../runtime/core/state.ts";
import { etcFileSpec } from "../../runtime/resources/fs.ts";
import { machineTypes } from "../../runtime/resources/machine_types.ts";
import { framed } from "../../tests/fakes/grpc_client.ts";
import { resourceCodec } from "../codec.ts";
import { wireBytes } from "./wire_bytes.ts";

async function encoders() {
  const codec = resourceCodec(machineTypes());
  await codec.prepare();
  return { codec, bytes: wireBytes(codec) };
}

const name = { namespace: "default", type: "os/test", id: "a/b" };

function opaque(proto: Uint8Array | undefined, yaml = "", id = name.id): Resource {
  return { metadata: newMetadata({ ...name, id }), spec: new OpaqueSpec(proto, yaml) };
}

/** One of each kind. */
function resources(): Readonly<Record<string, Resource>> {
  const metadata = newMetadata({
    ...name,
    id: "nä/\u{1f600}",
    version: 2n ** 63n,
    phase: "tearingDown",
    owner: "me",
    finalizers: ["b", "a", ""],
    labels: Object.fromEntries([["z", ""], ["__proto__", "x"], ["", "y"], ["1", "one"]]),
    annotations: { note: "x".repeat(300) },
    created: { seconds: -1n, nanos: 999_999_999 },
    updated: { seconds: 253_402_300_799n, nanos: 1 },
  });
  return {
    "a known type": etcFileSpec.newResource("hosts", { contents: "a: #\n", mode: 0o644 }),
    "a known type with nothing to say": etcFileSpec.newResource("", { contents: "", mode: 0 }),
    "absent bytes": opaque(undefined),
    "empty bytes": opaque(new Uint8Array(0)),
    "bytes": opaque(Uint8Array.of(0, 255)),
    "bytes and text": opaque(Uint8Array.of(1), "a: ä\n"),
    "text alone": opaque(undefined, "y\n"),
    "full metadata": { metadata, spec: new OpaqueSpec(Uint8Array.of(1), "") },
    "a tombstone": tombstone(name),
    "a tombstone of a kind": tombstone({ ...name, id: "" }, { seconds: 5n, nanos: 6 }),
    "127 bytes": opaque(new Uint8Array(127)),
    "128 bytes": opaque(new Uint8Array(128)),
    "20 000 bytes": opaque(new Uint8Array(20_000)),
    "3 000 000 bytes": opaque(new Uint8Array(3_000_000)),
  };
}

Deno.test("wireBytes() encodes every kind of resource as the codec and the library do", async () => {
  const { codec, bytes } = await encoders();
  for (const [what, resource] of Object.entries(resources())) {
    const frame = bytes.resourceFrame(resource);
    for (const schema of [GetResponseSchema, ListResponseSchema] as const) {
      const message = create(schema, { resource: codec.encode(resource) });
      assert(same(frame, framed(toBinary(schema, message))), what);
    }
  }
});

Deno.test("wireBytes() encodes resources of every length around a longer length field", async () => {
  const { codec, bytes } = await encoders();
  for (const middle of [60, 128, 16_384, 2_097_152]) {
    for (let length = middle - 60; length < middle + 4; length++) {
      const resource = opaque(new Uint8Array(length));
      const message = create(GetResponseSchema, { resource: codec.encode(resource) });
      const expected = framed(toBinary(GetResponseSchema, message));
      assert(same(bytes.resourceFrame(resource), expected), `${length} bytes`);
      if (middle > 1_000_000) length += 11;
    }
  }
});

Deno.test("wireBytes() encodes every kind of event as the library does", async () => {
  const { codec, bytes } = await encoders();
  for (const resource of Object.values(resources())) {
    const old = opaque(Uint8Array.of(9), "old\n");
    const made = codec.encode(resource);
    const bookmark = Uint8Array.of(1, 0, 255);
    const error = new StateError({ refusal: "overrun", detail: "späte" });
    const silent = new StateError({ refusal: "overrun", detail: "" });
    const empty = new Uint8Array(0);
    const pairs = [
      [{ event: "created", resource }, { eventType: EventType.CREATED, resource: made }],
      [{ event: "created", resource, bookmark }, { bookmark, resource: made }],
      [{ event: "created", resource, bookmark: empty }, { bookmark: empty, resource: made }],
      [{ event: "updated", resource, old, bookmark, revision: 7n }, {
        eventType: EventType.UPDATED,
        resource: made,
        old: codec.encode(old),
        bookmark,
      }],
      [{ event: "destroyed", resource }, { eventType: EventType.DESTROYED, resource: made }],
      [{ event: "bootstrapped", resource }, { eventType: EventType.BOOTSTRAPPED, resource: made }],
      [{ event: "noop", resource, bookmark }, {
        eventType: EventType.NOOP,
        resource: made,
        bookmark,
      }],
      [{ event: "errored", error }, { eventType: EventType.ERRORED, error: "späte" }],
      [{ event: "errored", error: silent }, { eventType: EventType.ERRORED, error: "" }],
    ] as const;
    for (const [event, expected] of pairs) {
      const message = create(WatchResponseSchema, { event: [expected] });
      const frame = framed(toBinary(WatchResponseSchema, message));
      assert(same(bytes.eventFrame(event), frame), event.event);
    }
  }
});

Deno.test("wireBytes() encodes a resource and an event once, and others that look alike again", async () => {
  const { bytes } = await encoders();
  const resource = opaque(Uint8Array.of(1));
  const frame = bytes.resourceFrame(resource);
  assertStrictEquals(bytes.resourceFrame(resource), frame);
  const alike = bytes.resourceFrame(opaque(Uint8Array.of(1)));
  assertNotStrictEquals(alike, frame);
  assertEquals(alike, frame);
  const event: WatchEvent = { event: "created", resource };
  const made = bytes.eventFrame(event);
  assertStrictEquals(bytes.eventFrame(event), made);
  assertNotStrictEquals(bytes.eventFrame({ ...event }), made);
  assertEquals(bytes.resourceFrame(resource).slice(), frame.slice(), "nobody wrote to it");
});

Deno.test("wireBytes() fails on a known type while the codec is not ready, and not for ever", async () => {
  const codec = resourceCodec(machineTypes());
  const bytes = wireBytes(codec);
  const resource = etcFileSpec.newResource("hosts", { contents: "x", mode: 1 });
  assertThrows(() => bytes.resourceFrame(resource), Error, "prepare() was not awaited");
  await codec.prepare();
  assert(bytes.resourceFrame(resource).length > 5);
});

/** As assertEquals, which takes seconds for millions of bytes. */
function same(actual: Uint8Array, expected: Uint8Array): boolean {
  if (actual.length !== expected.length) return false;
  for (let at = 0; at < actual.length; at++) if (actual[at] !== expected[at]) return false;
  return true;
}
