// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { Code, ConnectError } from "@connectrpc/connect";
import { callErrorResponse } from "./call_error_response.ts";

function answered(type: string | undefined): Response {
  const headers = type === undefined ? undefined : { "content-type": type };
  const request = new Request("http://localhost/a.B/C", {
    method: "POST",
    body: "{}",
    ...(headers === undefined ? {} : { headers }),
  });
  const error = new ConnectError("not ä here", Code.NotFound);
  return callErrorResponse(request, { status: 404, error, headers: { "x-more": "a" } });
}

const SAID = { code: "not_found", message: "not ä here" };

Deno.test("callErrorResponse() answers unary Connect, and who says nothing, by status and JSON", async () => {
  for (const type of ["application/json", "application/proto", "text/plain", undefined]) {
    const response = answered(type);
    assertEquals([response.status, response.headers.get("x-more")], [404, "a"]);
    assertEquals(response.headers.get("content-type"), "application/json");
    assertEquals(await response.json(), SAID);
  }
});

Deno.test("callErrorResponse() answers streams of Connect by the message that ends them", async () => {
  for (const type of ["application/connect+json", "application/connect+proto"]) {
    const response = answered(type);
    assertEquals([response.status, response.headers.get("content-type")], [200, type]);
    const bytes = await response.bytes();
    assertEquals([bytes[0], new DataView(bytes.buffer).getUint32(1)], [2, bytes.length - 5]);
    assertEquals(JSON.parse(new TextDecoder().decode(bytes.subarray(5))), { error: SAID });
  }
});

Deno.test("callErrorResponse() answers gRPC-Web by a head without a body", async () => {
  for (const type of ["application/grpc-web", "application/grpc-web+json; a=b"]) {
    const response = answered(type);
    assertEquals([response.status, response.headers.get("content-type")], [200, type]);
    assertEquals(response.headers.get("grpc-status"), "5");
    assertEquals(response.headers.get("grpc-message"), "not %C3%A4 here");
    assertEquals(await response.text(), "");
  }
});
