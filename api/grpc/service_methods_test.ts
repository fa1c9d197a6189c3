// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { Health } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { MachineService } from "../../proto/gen/machine/machine_pb.ts";
import { anyService } from "../../tests/fakes/any_service.ts";
import { byConnect, byGrpc, type PathCall } from "../../tests/fakes/both_paths.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { codeOf, grpcCall } from "../../tests/fakes/grpc_client.ts";
import { FakeLog } from "../../tests/fakes/log.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { MESSAGE_BYTES_MAX } from "../limits.ts";

/** A mount whose name makes the answer longer than that by some bytes. */
function mountsOf(length: number): PathCall {
  return {
    method: MachineService.method.mounts,
    requests: [{}],
    setUp({ machine }) {
      const mountedOn = "x".repeat(length);
      machine.mounts = () => [{ filesystem: "tmpfs", size: 1n, available: 1n, mountedOn }];
    },
  };
}

Deno.test("serviceMethods() answers with a message of the bound at most, as the other path does", async () => {
  assertEquals((await byGrpc(mountsOf(MESSAGE_BYTES_MAX - 100))).code, "OK");
  const call = mountsOf(MESSAGE_BYTES_MAX);
  const { code, message, answers } = await byGrpc(call);
  assertEquals([code, answers], ["ResourceExhausted", []]);
  assertStringIncludes(message, `bytes, and may have ${MESSAGE_BYTES_MAX}`);
  assertEquals((await byConnect(call)).code, code);
});

Deno.test("serviceMethods() ends a stream at an answer over the bound, behind those before it", async () => {
  const entry = (name: string) => ({
    name,
    relativeName: "a",
    type: "file" as const,
    size: 1n,
    mode: 0o644,
    modified: 1n,
    link: "",
    uid: 0,
    gid: 0,
    attributes: [],
    error: "",
  });
  const call: PathCall = {
    method: MachineService.method.list,
    requests: [{ root: "/" }],
    setUp({ machine }) {
      machine.entries = [entry("/a"), entry(`/${"x".repeat(MESSAGE_BYTES_MAX)}`)];
    },
  };
  const { code, message, answers } = await byGrpc(call);
  assertEquals([code, answers.length], ["ResourceExhausted", 1]);
  assertStringIncludes(message, `may have ${MESSAGE_BYTES_MAX}`);
});

/** A service whose handler says what it heard, and what it is told to say. */
function sayingService() {
  const clock = new FakeClock();
  const heard: HandlerContext[] = [];
  const say = (context: HandlerContext) => {
    heard.push(context);
    context.responseHeader.set("x-head", "of the head");
    context.responseHeader.set("grpc-status", "7");
    context.responseTrailer.append("x-trailer", "one");
    context.responseTrailer.append("x-trailer", "two");
  };
  const { exchange } = anyService(Health, {
    check(_, context) {
      say(context);
      return {};
    },
    list(_, context) {
      say(context);
      throw new ConnectError("no", Code.Aborted, { "x-error": "why" });
    },
    async *watch(_, context) {
      say(context);
      yield await Promise.resolve({});
    },
  }, {
    ...{ clock, random: new FakeRandom(), log: new FakeLog() },
    signal: new AbortController().signal,
  });
  return { exchange, clock, heard };
}

Deno.test("serviceMethods() gives handlers head and deadline of the call, and sends their metadata", async () => {
  const { check, list, watch } = Health.method;
  for (const [method, code] of [[check, "OK"], [watch, "OK"], [list, "Aborted"]] as const) {
    const { exchange, clock, heard } = sayingService();
    const headers = ["x-asked", "a", "x-asked", "b", "grpc-timeout", "1500m"];
    const call = grpcCall(exchange, method, {}, { headers });
    await call.over();
    const [context] = heard;
    assertEquals(context?.requestHeader.get("x-asked"), "a, b");
    assertEquals(context?.timeoutMs(), 1500);
    await clock.advance(600);
    assertEquals(context?.timeoutMs(), 900);
    assertEquals([codeOf(call), call.header("x-head")], [code, "of the head"], method.name);
    // The protocol's own names are not the handler's.
    assertEquals(call.header("grpc-status"), undefined);
    assertEquals(call.trailer("x-trailer"), "one, two");
    assertEquals(call.trailer("x-error"), code === "OK" ? undefined : "why");
  }
});

Deno.test("serviceMethods() answers a refusal of which the head says nothing by a head alone", async () => {
  const { exchange } = anyService(Health, {
    check(_, context) {
      context.responseTrailer.set("x-trailer", "one");
      throw new ConnectError("no", Code.Aborted);
    },
  }, {
    ...{ clock: new FakeClock(), random: new FakeRandom(), log: new FakeLog() },
    signal: new AbortController().signal,
  });
  const call = grpcCall(exchange, Health.method.check, {});
  await call.over();
  assertEquals([codeOf(call), call.header("grpc-status")], ["Aborted", "10"]);
  assertEquals(call.trailer("x-trailer"), "one");
});
