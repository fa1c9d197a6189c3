// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { LOCAL_ADMIN } from "../authorization/roles.ts";
import { HTTP2_HEADER_BYTES_MAX } from "../limits.ts";
import { forwardedHead, headTooLong, pairsOf } from "./forwarded_head.ts";

const LINE = { method: "GET", scheme: "https", authority: "a:1", path: "/x?y" };
const OWN = ["strata-roles", "os:admin", "strata-transport", "tcp", "strata-client", "192.0.2.7"];
const SENDER = {
  identity: LOCAL_ADMIN,
  origin: { transport: "tcp", client: "192.0.2.7" },
} as const;

Deno.test("forwardedHead() keeps what a caller says, but for what is of its connection, its secrets and apid's own", () => {
  const said = ["accept", "*/*", "te", "trailers", "grpc-timeout", "1S", "x-strata-roles", "fine"];
  const dropped = [
    ...["host", "b", "authorization", "Bearer x", "expect", "100-continue", "upgrade", "h2c"],
    ...["strata-roles", "os:admin", "strata-", "x", "strata-caller", "root"],
  ];
  assertEquals(forwardedHead(LINE, [...dropped, ...said], SENDER), [
    ...[":method", "GET", ":scheme", "https", ":authority", "a:1", ":path", "/x?y"],
    ...said,
    ...OWN,
  ]);
});

Deno.test("forwardedHead() names a scheme and an authority where the caller does not", () => {
  const head = forwardedHead({ ...LINE, scheme: "", authority: "" }, [], SENDER);
  assertEquals(head.slice(2, 6), [":scheme", "http", ":authority", "localhost"]);
});

Deno.test("pairsOf() leaves out what a connection of HTTP/1.1 keeps to itself", () => {
  const headers = new Headers({ connection: "close, X-Mine", "x-mine": "1", te: "gzip", a: "b" });
  const pairs = pairsOf({ headers, body: null });
  assertEquals([pairs.includes("x-mine"), pairs.includes("te"), pairs.includes("a")], [
    false,
    false,
    true,
  ]);
  assertEquals(pairsOf({ headers: new Headers({ te: "trailers" }), body: null }), [
    "te",
    "trailers",
  ]);
});

Deno.test("pairsOf() says how long a body is where there is one", () => {
  const headers = new Headers({ "content-length": "2", a: "b" });
  const { body } = new Response("{}");
  assertEquals(pairsOf({ headers, body }), ["a", "b", "content-length", "2"]);
  assertEquals(pairsOf({ headers, body: null }), ["a", "b"]);
});

Deno.test("headTooLong() measures a head as the machine does, to the byte", () => {
  const head = (length: number) => ["a", "b", "name", "x".repeat(length)];
  const most = HTTP2_HEADER_BYTES_MAX - 2 * 32 - "abname".length;
  assertEquals(headTooLong(head(most)), undefined);
  const problem = headTooLong(head(most + 1));
  assertEquals([problem?.status, problem?.message], [
    431,
    "the headers take 16385 bytes, and may take 16384",
  ]);
});
