// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { routeEntries } from "../http_routes.ts";
import { operationOf } from "./operations.ts";

Deno.test("operationOf() knows every operation by a path of it, and no open one", () => {
  for (const [name, { method, path, open }] of routeEntries()) {
    const asked = path.replaceAll(/:\w+/g, "a%2Fb");
    assertEquals(operationOf(method, asked), open ? undefined : name);
    assertEquals(operationOf("BREW", asked), undefined);
  }
});

Deno.test("operationOf() takes HEAD for GET, and the rest of a path for an id", () => {
  const kind = "/api/v1/resources/default/os";
  assertEquals(
    [
      operationOf("HEAD", "/api/v1/types"),
      operationOf("GET", `${kind}/a/b\nc`),
      operationOf("GET", kind),
      operationOf("DELETE", kind),
      operationOf("GET", "/api/v1/typesx"),
      operationOf("GET", "/x/api/v1/types"),
      operationOf("GET", "/apixv1/types"),
    ],
    ["listTypes", "getResource", "listResources", ...Array(4).fill(undefined)],
  );
});
