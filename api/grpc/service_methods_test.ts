// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { MachineService } from "../../proto/gen/machine/machine_pb.ts";
import { byConnect, byGrpc, type PathCall } from "../../tests/fakes/both_paths.ts";
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
