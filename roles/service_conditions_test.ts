// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { serviceConditions } from "./service_conditions.ts";

Deno.test("serviceConditions() names the files, mounts and the network that are missing", () => {
  const kernel = new FakeKernel();
  const addresses = ["127.0.0.1", "::1", "fe80::5054"];
  const conditions = serviceConditions(kernel, () => addresses);
  const wanted = { files: ["/run/x", "/run/y"], mounts: ["/var", "/run"], network: true };
  kernel.mkdir("/run", 0o755);
  kernel.mkdir("/var", 0o755);
  kernel.mount({ source: "tmpfs", target: "/run", fstype: "tmpfs", flags: 0n, data: "" });
  kernel.writeFile("/run/y", "", { mode: 0o600 });
  assertEquals(conditions.missing(wanted), ["file /run/x", "mount /var", "network"]);
  kernel.writeFile("/run/x", "", { mode: 0o600 });
  kernel.mount({ source: "tmpfs", target: "/var", fstype: "tmpfs", flags: 0n, data: "" });
  addresses.push("10.0.2.15");
  assertEquals(conditions.missing(wanted), []);
});

Deno.test("serviceConditions() needs nothing where nothing is wanted", () => {
  const kernel = new FakeKernel();
  const conditions = serviceConditions(kernel, () => {
    throw new Error("nobody asked");
  });
  assertEquals(conditions.missing({ files: [], mounts: [], network: false }), []);
});
