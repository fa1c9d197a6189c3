// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { CommandError } from "./command_error.ts";
import { endpointText, parseEndpoint } from "./endpoint.ts";

Deno.test("parseEndpoint() reads each form, and endpointText() writes it again", () => {
  const cases = [
    ["unix:/run/x.sock", "unix:/run/x.sock"],
    ["unix:///run/x.sock", "unix:/run/x.sock"],
    ["unix:x/../y.sock", "unix:/home/me/y.sock"],
    ["http://127.0.0.1:50080", "http://127.0.0.1:50080"],
    ["HTTP://Host:80/", "http://host"],
    ["https://[::1]:50000", "https://[::1]:50000"],
  ] as const;
  for (const [text, again] of cases) {
    assertEquals(endpointText(parseEndpoint(text, "/home/me")), again);
  }
});

Deno.test("parseEndpoint() refuses everything else, saying what may be", () => {
  for (
    const text of [
      "",
      "host:1",
      "ftp://h:1",
      "http://",
      "http://h:99999",
      "unix:",
      "http://h:1/path",
      "http://h:1?q",
    ]
  ) {
    const error = assertThrows(
      () => parseEndpoint(text, "/"),
      CommandError,
      "give unix:PATH, http://HOST:PORT or https",
    );
    assertEquals(error.exit, 2);
  }
  assertThrows(
    () => parseEndpoint(`unix:/${"x".repeat(107)}`, "/"),
    CommandError,
    "at most 107 bytes",
  );
  assertEquals(parseEndpoint(`unix:/${"x".repeat(106)}`, "/").transport, "unix");
});

Deno.test("parseEndpoint() does not repeat a password", () => {
  for (const text of ["http://user:hush@host:1", "user:hush@host"]) {
    const { message } = assertThrows(() => parseEndpoint(text, "/"), CommandError);
    assert(!message.includes("hush"), message);
  }
});
