// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import { watchFor } from "../runtime/core/watch_for.ts";
import { serviceSpec } from "../runtime/resources/service.ts";
import { house } from "../tests/fakes/engine_house.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { keepNetworkFace } from "./network_face.ts";

Deno.test("keepNetworkFace() has it kept though its directory cannot be made: it may be running already", async () => {
  await using place = house();
  const kernel = new FakeKernel();
  kernel.refuse("/system/run/apid", "ENOSPC");
  const http = { hostname: "127.0.0.1", port: 50_080 };
  await assertRejects(() => keepNetworkFace(place, kernel, { http }), SyscallError, "ENOSPC");
  place.start();
  const { type } = serviceSpec;
  const found = await watchFor(place.state, { namespace: "runtime", type, id: "apid" }, {
    events: ["created", "updated"],
  });
  assertEquals(serviceSpec.is(found) && found.spec.command[1], "apid");
});
