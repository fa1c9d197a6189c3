// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { Code, ConnectError } from "@connectrpc/connect";
import { StateError } from "../runtime/core/errors.ts";
import { FakeLog } from "../tests/fakes/log.ts";
import { codeOf, statusOf, toConnectError } from "./errors.ts";

Deno.test("codeOf() is two-dimensional: a phase conflict is InvalidArgument on Update alone", () => {
  assertEquals(codeOf("phase-conflict", "Update"), Code.InvalidArgument);
  assertEquals(codeOf("phase-conflict", "Teardown"), Code.FailedPrecondition);
  assertEquals(codeOf("version-conflict", "Update"), Code.FailedPrecondition);
  assertEquals(codeOf("already-exists", "Create"), Code.AlreadyExists);
  // Official clients take InvalidArgument of an update for a phase conflict, whatever it was.
  assertEquals(codeOf("invalid-resource", "Update"), Code.Unknown);
  assertEquals(codeOf("invalid-resource", "Create"), Code.Unknown);
  assertEquals(codeOf("owner-conflict", "Destroy"), Code.PermissionDenied);
  assertEquals(codeOf("not-found", "constructor"), Code.NotFound);
});

Deno.test("statusOf() answers a version conflict by what was asked", () => {
  assertEquals([statusOf("version-conflict"), statusOf("version-conflict", "if-match")], [
    409,
    412,
  ]);
  assertEquals([statusOf("invalid-bookmark"), statusOf("closed")], [410, 503]);
});

Deno.test("toConnectError() counts an error as cancelled only while the call is", () => {
  const log = new FakeLog();
  const abort = new DOMException("gone", "AbortError");
  const live = { call: "Get", log, signal: new AbortController().signal };
  assertEquals(toConnectError(abort, live).code, Code.Internal);
  assertEquals(log.lines.length, 1);
  const cancelled = { ...live, signal: AbortSignal.abort(abort) };
  assertEquals(toConnectError(abort, cancelled).code, Code.Canceled);
  const deadline = AbortSignal.abort(new ConnectError("late", Code.DeadlineExceeded));
  assertEquals(toConnectError(abort, { ...live, signal: deadline }).code, Code.DeadlineExceeded);
  assertEquals(log.lines.length, 1);
});

Deno.test("toConnectError() keeps the words of a refusal", () => {
  const pointer = { namespace: "n", type: "t", id: "i" };
  const error = new StateError({ refusal: "not-found", pointer });
  const context = { call: "Get", log: new FakeLog(), signal: new AbortController().signal };
  assertEquals(
    toConnectError(error, context).rawMessage,
    "resource t(n/i@undefined) doesn't exist",
  );
});
