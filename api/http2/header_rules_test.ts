// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { requestHead, trailersFault } from "./header_rules.ts";

const GET = [":method", "GET", ":scheme", "http", ":path", "/a?b"];

Deno.test("requestHead() gives what a valid block says, without its pseudo-headers", () => {
  assertEquals(
    requestHead([...GET, ":authority", "h:1", "te", "Trailers", "content-length", "3"]),
    {
      method: "GET",
      scheme: "http",
      path: "/a?b",
      authority: "h:1",
      headers: ["te", "Trailers", "content-length", "3"],
      contentLength: 3,
      expectsContinue: false,
    },
  );
});

Deno.test("requestHead() takes host for an authority that is missing", () => {
  const head = requestHead([...GET, "host", "h"]);
  assertEquals(typeof head === "string" ? head : head.authority, "h");
});

Deno.test("requestHead() takes neither a value for a name, nor another field for a second host", () => {
  const head = requestHead([...GET, "a", "host", "host", "h", "b", "c"]);
  assertEquals(typeof head === "string" ? head : head.authority, "h");
  const none = requestHead([...GET, "a", "host", "b", "x"]);
  assertEquals(typeof none === "string" ? none : none.authority, "");
});

Deno.test("requestHead() takes a length of 15 digits, and one that is said twice", () => {
  for (const value of ["0", "12", "9".repeat(15)]) {
    const head = requestHead([...GET, "content-length", value, "content-length", value]);
    assertEquals(typeof head === "string" ? head : head.contentLength, Number(value));
  }
});

Deno.test("requestHead() knows who waits for leave to send its body", () => {
  const expects = (...fields: string[]) => {
    const head = requestHead([...GET, ...fields]);
    return typeof head === "string" ? head : head.expectsContinue;
  };
  assertEquals(expects("expect", "100-continue"), true);
  assertEquals(expects("expect", "100-Continue"), true);
  assertEquals(expects("expect", "200-ok"), false);
  assertEquals(expects("a", "100-continue"), false);
});

Deno.test("requestHead() of CONNECT has neither scheme nor path", () => {
  assertEquals(requestHead([":method", "CONNECT", ":authority", "h:1"]), {
    method: "CONNECT",
    scheme: "",
    path: "",
    authority: "h:1",
    headers: [],
    contentLength: undefined,
    expectsContinue: false,
  });
});

Deno.test("requestHead() passes CONNECT with an authority only, and OPTIONS of everything", () => {
  assertEquals(typeof requestHead([":method", "CONNECT", ":authority", "h:1"]), "object");
  assertEquals(
    typeof requestHead([":method", "OPTIONS", ":scheme", "http", ":path", "*"]),
    "object",
  );
});

/** Malformed blocks, by what is said of them. */
const MALFORMED: readonly (readonly [string, readonly string[]])[] = [
  [":method is missing", [":scheme", "http", ":path", "/"]],
  [":method is no token", [":method", "G T", ":scheme", "http", ":path", "/"]],
  [":method is no token", [":method", "", ":scheme", "http", ":path", "/"]],
  [":scheme is missing", [":method", "GET", ":path", "/"]],
  [":scheme is none", [":method", "GET", ":scheme", "1", ":path", "/"]],
  [":scheme is none", [":method", "GET", ":scheme", "1http", ":path", "/"]],
  [":scheme is none", [":method", "GET", ":scheme", "http/", ":path", "/"]],
  [":path does not begin with a slash", [":method", "OPTIONS", ":scheme", "http", ":path", "x"]],
  [":path is missing", [":method", "GET", ":scheme", "http"]],
  [":path does not begin with a slash", [":method", "GET", ":scheme", "http", ":path", ""]],
  [":path does not begin with a slash", [":method", "GET", ":scheme", "http", ":path", "*"]],
  ["a forbidden character in :path", [":method", "GET", ":scheme", "http", ":path", "/a b"]],
  ["a forbidden character in :path", [":method", "GET", ":scheme", "http", ":path", "/\x7f"]],
  ["a forbidden character in :path", [":method", "GET", ":scheme", "http", ":path", "/\x1fa"]],
  ["more than one :path", [...GET, ":path", "/"]],
  ['":status" is no pseudo-header of a request', [...GET, ":status", "200"]],
  [":authority names a user", [...GET, ":authority", "u@h"]],
  ["a forbidden character in :authority", [...GET, ":authority", "h\n"]],
  ["CONNECT with :scheme or :path", [":method", "CONNECT", ":authority", "h", ":path", "/"]],
  ["CONNECT with :scheme or :path", [":method", "CONNECT", ":authority", "h", ":scheme", "http"]],
  ["CONNECT without :authority", [":method", "CONNECT"]],
  ["CONNECT without :authority", [":method", "CONNECT", ":authority", ""]],
  [":authority behind other fields", [...GET, "a", "b", ":authority", "h"]],
  ['"A" is no name of a field in lower case', [...GET, "A", "b"]],
  ['"" is no name of a field in lower case', [...GET, "", "b"]],
  ['"a b" is no name of a field in lower case', [...GET, "a b", "c"]],
  ['"\u00e4" is no name of a field in lower case', [...GET, "\u00e4", "c"]],
  [`"${"X".repeat(40)}" is no name of a field in lower case`, [...GET, "X".repeat(50), "c"]],
  ["a forbidden character in the value of a", [...GET, "a", "b\0"]],
  ["a forbidden character in the value of a", [...GET, "a", "b\rc"]],
  ["a forbidden character in the value of a", [...GET, "a", " b"]],
  ["a forbidden character in the value of a", [...GET, "a", "b\t"]],
  ["connection has no place in HTTP/2", [...GET, "connection", "close"]],
  ["keep-alive has no place in HTTP/2", [...GET, "keep-alive", "5"]],
  ["proxy-connection has no place in HTTP/2", [...GET, "proxy-connection", "x"]],
  ["transfer-encoding has no place in HTTP/2", [...GET, "transfer-encoding", "chunked"]],
  ["upgrade has no place in HTTP/2", [...GET, "upgrade", "h2c"]],
  ["te other than trailers", [...GET, "te", "trailers, deflate"]],
  ["content-length is no number", [...GET, "content-length", "-1"]],
  ["content-length is no number", [...GET, "content-length", "1, 1"]],
  ["content-length is no number", [...GET, "content-length", "1".repeat(16)]],
  ["content-length is no number", [...GET, "content-length", ""]],
  ["more than one content-length", [...GET, "content-length", "1", "content-length", "2"]],
  ["more than one host", [...GET, "host", "a", "host", "b"]],
  ["host is another than :authority", [...GET, ":authority", "a", "host", "b"]],
];

for (const [fault, pairs] of MALFORMED) {
  Deno.test(`requestHead() says "${fault}" of ${JSON.stringify(pairs.slice(-4))}`, () => {
    assertEquals(requestHead(pairs), fault);
  });
}

Deno.test("trailersFault() refuses pseudo-headers and what no field may be", () => {
  assertEquals(trailersFault([":path", "/"]), '":path" in trailers');
  assertEquals(trailersFault(["A", "b"]), '"A" is no name of a field in lower case');
  assertEquals(trailersFault(["a", "b"]), undefined);
  assertEquals(trailersFault([]), undefined);
});
