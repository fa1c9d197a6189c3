// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { SERVICES } from "../grpc/served_methods.ts";
import { procedureOf } from "../procedure.ts";
import { SINGLE_REQUESTS } from "./single_requests.ts";

Deno.test("SINGLE_REQUESTS are the calls whose request is one message, by their descriptors", () => {
  const single = SERVICES.flatMap(({ methods }) => methods)
    .filter(({ methodKind }) => methodKind === "unary" || methodKind === "server_streaming");
  assertEquals([...SINGLE_REQUESTS].sort(), single.map(procedureOf).sort());
});
