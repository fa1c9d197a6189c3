// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { create, type DescMessage, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import {
  ApiCertificateSpecSchema,
  ApiListenerSpecSchema,
} from "../../proto/gen/strata/apid/v1/apid_pb.ts";
import { certificateWish, listenerWish } from "./wishes.ts";

const text = fc.string({ unit: "grapheme", maxLength: 40 });

/** Each field of a message by its name; a new one must be read, too. */
const fieldsOf = ({ fields }: DescMessage): readonly string[] =>
  fields.map(({ localName }) => localName);

Deno.test("listenerWish() reads what the library writes", () => {
  const wish = fc.record({
    ...{ tlsAddress: text, httpAddress: text, token: text },
    ...{ hosts: fc.array(text), connectionsMax: fc.nat(2 ** 32 - 1) },
  });
  fc.assert(fc.property(wish, (each) => {
    const bytes = toBinary(ApiListenerSpecSchema, create(ApiListenerSpecSchema, each));
    assertEquals(listenerWish(bytes), each);
  }));
  const read = Object.keys(listenerWish(new Uint8Array(0)));
  assertEquals(read.sort(), [...fieldsOf(ApiListenerSpecSchema)].sort());
});

Deno.test("certificateWish() reads what the library writes", () => {
  const wish = fc.record({ certificate: text, key: text, clientAuthorities: text });
  fc.assert(fc.property(wish, (each) => {
    const bytes = toBinary(ApiCertificateSpecSchema, create(ApiCertificateSpecSchema, each));
    assertEquals(certificateWish(bytes), each);
  }));
  const read = Object.keys(certificateWish(new Uint8Array(0)));
  assertEquals(read.sort(), [...fieldsOf(ApiCertificateSpecSchema)].sort());
});

Deno.test("listenerWish() passes over fields it does not know, and those of another encoding", () => {
  // Field 9 as a varint, field 1 as one, then field 2 as text.
  const bytes = new Uint8Array([0x48, 7, 0x08, 7, 0x12, 1, 0x61]);
  const { httpAddress, tlsAddress } = listenerWish(bytes);
  assertEquals([httpAddress, tlsAddress], ["a", ""]);
});

Deno.test("listenerWish() refuses what is no message", () => {
  assertThrows(() => listenerWish(new Uint8Array([0x12, 5, 0x61])));
  assertThrows(() => listenerWish(new Uint8Array([0x12])));
});
