// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { Code, ConnectError } from "@connectrpc/connect";
import { answerType, isGrpc, readHead, sendsGzip, wantsGzip } from "./call_head.ts";

Deno.test("readHead() finds the four headers among others", () => {
  assertEquals(readHead([]), {
    contentType: undefined,
    encoding: undefined,
    accepts: undefined,
    timeout: undefined,
  });
  const headers = ["te", "trailers", "grpc-timeout", "1S", "grpc-encoding", "gzip"];
  const more = ["grpc-accept-encoding", "identity", "content-type", "application/grpc"];
  assertEquals(readHead([...headers, ...more]), {
    contentType: "application/grpc",
    encoding: "gzip",
    accepts: "identity",
    timeout: "1S",
  });
});

Deno.test("isGrpc() takes gRPC in any form, and not gRPC-Web", () => {
  const ours = ["", "+proto", "+json", "+", ";charset=utf-8", " ; a=b"];
  for (const rest of ours) assertEquals(isGrpc(`application/grpc${rest}`), true, rest);
  const others = ["application/grpc-web", "application/grpc-web+proto", "application/grpcx"];
  for (const type of [...others, "application/proto", "", undefined]) {
    assertEquals(isGrpc(type), false, type);
  }
});

Deno.test("answerType() answers in the form of the request, and knows protobuf and JSON alone", () => {
  assertEquals(answerType("application/grpc"), "application/grpc");
  assertEquals(answerType("application/grpc ;a=b"), "application/grpc");
  assertEquals(answerType("application/grpc+proto;a=b"), "application/grpc+proto");
  assertEquals(answerType("application/grpc+json; charset=utf-8"), "application/grpc+json");
  for (const type of ["application/grpc+jsonx", "application/grpc+", "application/grpc+protobuf"]) {
    assertEquals(answerType(type), undefined, type);
  }
});

function head(encoding?: string, accepts?: string) {
  return { contentType: "application/grpc", encoding, accepts, timeout: undefined };
}

Deno.test("sendsGzip() knows identity and gzip, and refuses others by name", () => {
  assertEquals([undefined, "identity", "gzip"].map((name) => sendsGzip(head(name))), [
    false,
    false,
    true,
  ]);
  for (const name of ["", "deflate", "gzip, gzip", "GZIP"]) {
    const error = assertThrows(() => sendsGzip(head(name)), ConnectError, "identity,gzip");
    assertEquals(error.code, Code.Unimplemented);
  }
});

Deno.test("wantsGzip() compresses for who compresses, unless it says that it cannot read it", () => {
  assertEquals(wantsGzip(head("gzip")), true);
  assertEquals(wantsGzip(head("gzip", "identity, gzip")), true);
  assertEquals(wantsGzip(head("gzip", "identity,deflate")), false);
  assertEquals(wantsGzip(head("gzip", "")), false);
  assertEquals(wantsGzip(head(undefined, "gzip")), false);
  assertEquals(wantsGzip(head("identity", "gzip")), false);
});
