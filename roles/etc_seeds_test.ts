// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { parseCommandLine } from "../fs/cmdline.ts";
import { etcFileSpec } from "../runtime/resources/fs.ts";
import { memoryState } from "../runtime/state/memory.ts";
import { FakeClock } from "../tests/fakes/clock.ts";
import { FakeRandom } from "../tests/fakes/random.ts";
import { seedEtcFiles } from "./etc_seeds.ts";
import { machineSettings } from "./machine_settings.ts";

async function seeded(text: string): Promise<Record<string, readonly unknown[]>> {
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  await seedEtcFiles(state, machineSettings(parseCommandLine(text)));
  const all = await state.list(etcFileSpec);
  return Object.fromEntries(all.map((each) => {
    const spec = etcFileSpec.is(each) ? [each.spec.contents, each.spec.mode] : [];
    return [each.metadata.id, [...spec, each.metadata.owner]];
  }));
}

const LOOPBACK = "::1 localhost ip6-localhost ip6-loopback\n";

Deno.test("seedEtcFiles() makes hosts, hostname and resolv.conf from ip=, owned by nobody", async () => {
  const ip = "ip=10.0.2.15::10.0.2.2:255.255.255.0:box:eth0:off:10.0.2.3:1.1.1.1";
  assertEquals(await seeded(ip), {
    hosts: [`127.0.0.1 localhost\n10.0.2.15 box\n${LOOPBACK}`, 0o644, ""],
    hostname: ["box\n", 0o644, ""],
    "resolv.conf": ["nameserver 10.0.2.3\nnameserver 1.1.1.1\n", 0o644, ""],
  });
});

Deno.test("seedEtcFiles() without ip= knows loopback alone", async () => {
  assertEquals(await seeded(""), {
    hosts: [`127.0.0.1 localhost\n${LOOPBACK}`, 0o644, ""],
    hostname: ["strata\n", 0o644, ""],
    "resolv.conf": ["", 0o644, ""],
  });
});
