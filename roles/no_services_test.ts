// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MachineError } from "../api/machine_port.ts";
import { noServices } from "./no_services.ts";

Deno.test("noServices() has none, and says why", async () => {
  const services = noServices("this is a host");
  assertEquals([services.list(), services.usage(), services.logs()], [[], [], []]);
  for (const act of [services.start, services.stop, services.restart]) {
    const error = assertThrows(() => act("apid"), MachineError);
    assertEquals([error.refusal, error.message], [
      "not-found",
      'Cannot find service "apid": this is a host',
    ]);
  }
  const { signal } = new AbortController();
  const request = { tailLines: undefined, follow: false, signal };
  const error = await assertRejects(
    () => Array.fromAsync(services.readLog("apid", request)),
    MachineError,
  );
  assertEquals(error.message, 'Cannot find a log of "apid": this is a host');
});
