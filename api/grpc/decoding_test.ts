// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { Code, ConnectError } from "@connectrpc/connect";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { CreateRequestSchema, GetRequestSchema } from "../../proto/gen/cosi/resource/state_pb.ts";
import { bytesOf } from "../../tests/fakes/grpc_client.ts";
import { decoded, decodedPointer } from "./decoding.ts";

/** Fields that no message of ours has, of every wire type. */
function unknownFields(): Uint8Array {
  return new BinaryWriter()
    .tag(100, WireType.Varint).int32(-1)
    .tag(101, WireType.Bit32).fixed32(1)
    .tag(102, WireType.Bit64).fixed64(1n)
    .tag(103, WireType.LengthDelimited).string("x")
    .tag(104, WireType.StartGroup).tag(1, WireType.Varint).int32(1).tag(104, WireType.EndGroup)
    .finish();
}

function get(id: string): Uint8Array {
  const names = { namespace: "nä", type: "os/test", id, options: {} };
  return toBinary(GetRequestSchema, create(GetRequestSchema, names));
}

const pointerOf = (bytes: Uint8Array) => decodedPointer("T", bytes);

Deno.test("decodedPointer() reads what GetRequest is, whatever surrounds its fields", () => {
  for (const id of ["", "a/b", "\u{1f600}", "x".repeat(300)]) {
    const expected = { namespace: "nä", type: "os/test", id };
    for (const bytes of [get(id), bytesOf(unknownFields(), get(id), unknownFields())]) {
      assertEquals(pointerOf(bytes), expected);
      const { namespace, type, id: read } = fromBinary(GetRequestSchema, bytes);
      assertEquals({ namespace, type, id: read }, expected);
    }
  }
  assertEquals(pointerOf(new Uint8Array(0)), { namespace: "", type: "", id: "" });
  assertEquals(pointerOf(bytesOf(get("first"), get("last"))).id, "last", "the last one counts");
});

Deno.test("decodedPointer() and decoded() refuse the same bytes", () => {
  const whole = get("a/b");
  const bad: Record<string, Uint8Array> = {
    "a tag without end": Uint8Array.of(255),
    "field 0": Uint8Array.of(0, 0),
    "a wire type that is none": Uint8Array.of(15),
    "a length beyond the end": Uint8Array.of(10, 5, 97),
    "a length beyond 32 bits": Uint8Array.of(10, 255, 255, 255, 255, 255, 255, 1),
    "text that is no UTF-8": Uint8Array.of(10, 2, 0xc3, 0x28),
    "long text that is no UTF-8": bytesOf(Uint8Array.of(10, 100), new Uint8Array(100).fill(255)),
    "a group that never ends": Uint8Array.of(51),
    "groups without bottom": new Uint8Array(5000).fill(51),
    "half a message": whole.subarray(0, whole.length - 3),
  };
  for (const [what, bytes] of Object.entries(bad)) {
    for (const read of [() => pointerOf(bytes), () => decoded(GetRequestSchema, bytes)]) {
      const error = assertThrows(read, ConnectError, "the message is no ");
      assertEquals([what, Code[error.code]], [what, "InvalidArgument"]);
    }
  }
});

Deno.test("decoded() names the message that the bytes are not", () => {
  const act = () => decoded(CreateRequestSchema, Uint8Array.of(255));
  assertThrows(act, ConnectError, "cosi.resource.CreateRequest");
  const bytes = bytesOf(unknownFields());
  assertEquals(decoded(CreateRequestSchema, bytes).resource, undefined);
});
