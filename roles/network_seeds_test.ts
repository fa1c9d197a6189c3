// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { parseCommandLine } from "../fs/cmdline.ts";
import { hostnameSpec, nodeAddress, resolverSpec } from "../runtime/resources/network.ts";
import { memoryState } from "../runtime/state/memory.ts";
import { FakeClock } from "../tests/fakes/clock.ts";
import { FakeRandom } from "../tests/fakes/random.ts";
import { machineSettings } from "./machine_settings.ts";
import { seedNetwork } from "./network_seeds.ts";

async function seeded(text: string): Promise<readonly unknown[]> {
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  await seedNetwork(state, machineSettings(parseCommandLine(text)));
  const seeds = [];
  for (const definition of [hostnameSpec, resolverSpec, nodeAddress]) {
    for (const { metadata, spec } of await state.list(definition)) {
      seeds.push([metadata.id, metadata.owner, definition.toJson(spec)]);
    }
  }
  return seeds;
}

Deno.test("seedNetwork() tells what ip= says, owned by nobody", async () => {
  const ip = "ip=10.0.2.15::10.0.2.2:255.255.255.0:box.example.org:eth0:off:10.0.2.3:1.1.1.1";
  assertEquals(await seeded(ip), [
    ["hostname", "", { hostname: "box", domainname: "example.org" }],
    ["resolvers", "", { nameservers: ["10.0.2.3", "1.1.1.1"], searchDomains: [] }],
    ["default", "", { addresses: ["10.0.2.15"] }],
  ]);
});

Deno.test("seedNetwork() without ip= knows the name alone", async () => {
  assertEquals(await seeded(""), [
    ["hostname", "", { hostname: "strata", domainname: "" }],
    ["resolvers", "", { nameservers: [], searchDomains: [] }],
    ["default", "", { addresses: [] }],
  ]);
});
