// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { parseCommandLine } from "../fs/cmdline.ts";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { machineSettings } from "./machine_settings.ts";
import { configureNetwork } from "./network.ts";

function settings(text: string) {
  return machineSettings(parseCommandLine(text));
}

Deno.test("configureNetwork() without ip= names the machine and brings loopback up alone", () => {
  const kernel = new FakeKernel();
  kernel.links.set("eth0", { up: false, addresses: [] });
  assertEquals(
    configureNetwork(kernel, settings("strata.hostname=node-1")),
    "loopback only, no ip= on the command line",
  );
  assertEquals([kernel.hostname, kernel.links.get("lo")?.up, kernel.links.get("eth0")?.up], [
    "node-1",
    true,
    false,
  ]);
});

for (
  const [argument, device, route] of [
    ["ip=10.0.2.15::10.0.2.2:255.255.255.0::eth1", "eth1", {
      gateway: "10.0.2.2",
      name: "eth1",
    }],
    ["ip=10.0.2.15:::255.255.255.0", "eth0", undefined],
  ] as const
) {
  Deno.test(`configureNetwork() with ${argument} sets ${device} and only what is said`, () => {
    const kernel = new FakeKernel();
    kernel.links.set(device, { up: false, addresses: [] });
    for (const _ of ["once", "again"]) {
      assertEquals(configureNetwork(kernel, settings(argument)), `${device} 10.0.2.15/24`);
    }
    assertEquals(kernel.links.get(device), { up: true, addresses: ["10.0.2.15/24"] });
    assertEquals(kernel.defaultRoute, route);
  });
}

Deno.test("configureNetwork() has loopback up even where the device of ip= is missing", () => {
  const kernel = new FakeKernel();
  const act = () => configureNetwork(kernel, settings("ip=10.0.2.15:::255.255.255.0"));
  assertEquals(assertThrows(act, SyscallError).is("ENODEV"), true);
  assertEquals(kernel.links.get("lo")?.up, true);
});
