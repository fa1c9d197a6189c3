// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { type House, house } from "../../../tests/fakes/engine_house.ts";
import { FakeKernel } from "../../../tests/fakes/kernel.ts";
import { watchFor } from "../../core/watch_for.ts";
import { etcFileSpec } from "../../resources/fs.ts";
import { machineIdentity } from "../../resources/identity.ts";
import {
  hostnameSpec,
  nodeAddress,
  resolverSpec,
  staticHostSpec,
} from "../../resources/network.ts";
import { hostnameController } from "../network/hostname.ts";
import { hostnameFileController } from "./hostname_file.ts";
import { hostsFileController } from "./hosts_file.ts";
import { machineIdFileController } from "./machine_id_file.ts";
import { resolvConfController } from "./resolv_conf.ts";

const MULTICAST = "ff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n";
const LOOPBACK6 = "::1 localhost ip6-localhost ip6-loopback\n";

/** The controllers at work. */
function begin(kernel = new FakeKernel()): House {
  const place = house();
  place.engine.register(hostsFileController());
  place.engine.register(resolvConfController());
  place.engine.register(hostnameFileController());
  place.engine.register(machineIdFileController());
  place.engine.register(hostnameController(kernel));
  place.start();
  return place;
}

/** Waits until a file of /etc is to have these contents. */
async function becomes({ state }: House, id: string, contents: string): Promise<void> {
  const found = await watchFor(state, { namespace: "fs", type: etcFileSpec.type, id }, {
    events: ["created", "updated"],
    predicate: (each) => etcFileSpec.is(each) && each.spec.contents === contents,
  });
  const mode = etcFileSpec.is(found) ? found.spec.mode : 0;
  assertEquals(mode, id === "machine-id" ? 0o444 : 0o644);
}

Deno.test("hostsFileController() writes loopback, the machine itself and static hosts", async () => {
  await using place = begin();
  await becomes(place, "hosts", `127.0.0.1 localhost\n${LOOPBACK6}${MULTICAST}`);
  const { state } = place;
  await state.create(hostnameSpec.newResource("hostname", { hostname: "box" }));
  await state.create(nodeAddress.newResource("default", { addresses: ["10.0.2.15", "10.9.9.9"] }));
  const own = "127.0.0.1 localhost\n10.0.2.15 box\n";
  await becomes(place, "hosts", `${own}${LOOPBACK6}${MULTICAST}`);
  const registry = { addresses: ["192.0.2.1", "2001:db8::1"], aliases: ["mirror"] };
  await state.create(staticHostSpec.newResource("registry.local", registry));
  const lines = "192.0.2.1 registry.local mirror\n2001:db8::1 registry.local mirror\n";
  await becomes(place, "hosts", `${own}${LOOPBACK6}${MULTICAST}${lines}`);
  const named = hostnameSpec.newResource("hostname", {
    hostname: "box",
    domainname: "example.org",
  });
  await state.modify(named, (current) => ({ ...current, spec: named.spec }));
  const whole = "127.0.0.1 localhost\n10.0.2.15 box.example.org box\n";
  await becomes(place, "hosts", `${whole}${LOOPBACK6}${MULTICAST}${lines}`);
  await state.destroy({ namespace: "network", type: staticHostSpec.type, id: "registry.local" });
  await becomes(place, "hosts", `${whole}${LOOPBACK6}${MULTICAST}`);
});

Deno.test("hostsFileController() leaves out what would make a line of its own", async () => {
  await using place = begin();
  const { state } = place;
  const bad = { addresses: ["192.0.2.1\n192.0.2.2", "", "192.0.2.3"], aliases: ["a b", "#", "c"] };
  await state.create(staticHostSpec.newResource("good", bad));
  await state.create(staticHostSpec.newResource("two words", { addresses: ["192.0.2.4"] }));
  const lines = "192.0.2.3 good c\n";
  await becomes(place, "hosts", `127.0.0.1 localhost\n${LOOPBACK6}${MULTICAST}${lines}`);
});

Deno.test("resolvConfController() writes three nameservers and the search list, or nothing at all", async () => {
  await using place = begin();
  const { state } = place;
  const nameservers = ["10.0.2.3", "bad one", "1.1.1.1", "8.8.8.8", "9.9.9.9"];
  await state.create(resolverSpec.newResource("resolvers", { nameservers }));
  const servers = "nameserver 10.0.2.3\nnameserver 1.1.1.1\nnameserver 8.8.8.8\n";
  await becomes(place, "resolv.conf", servers);
  const spec = { nameservers: [], searchDomains: ["example.org", "example.net"] };
  const changed = resolverSpec.newResource("resolvers", spec);
  await state.modify(changed, (current) => ({ ...current, spec: changed.spec }));
  await becomes(place, "resolv.conf", "search example.org example.net\n");
  await state.destroy(changed.metadata);
  const file = { namespace: "fs", type: etcFileSpec.type, id: "resolv.conf" };
  await watchFor(state, file, { events: ["destroyed"] });
  await state.create(changed);
  await becomes(place, "resolv.conf", "search example.org example.net\n");
});

Deno.test("etcContentController() makes a file anew when the old one is gone", async () => {
  await using place = begin();
  const { state } = place;
  const file = { namespace: "fs", type: etcFileSpec.type, id: "hosts" };
  const contents = `127.0.0.1 localhost\n${LOOPBACK6}${MULTICAST}`;
  await becomes(place, "hosts", contents);
  await state.addFinalizer(file, ["holder"]);
  await state.teardown(file, { owner: "fs.HostsFileController" });
  await state.removeFinalizer(file, ["holder"]);
  await watchFor(state, file, { events: ["destroyed"] });
  await becomes(place, "hosts", contents);
});

Deno.test("hostnameController() and hostnameFileController() follow the HostnameSpec", async () => {
  const kernel = new FakeKernel();
  await using place = begin(kernel);
  const { state } = place;
  for (const hostname of ["box", "other"]) {
    const named = hostnameSpec.newResource("hostname", { hostname });
    await state.modify(named, (current) => ({ ...current, spec: named.spec }));
    await becomes(place, "hostname", `${hostname}\n`);
    while (kernel.hostname !== hostname) await new Promise((resolve) => setTimeout(resolve, 0));
  }
});

Deno.test("machineIdFileController() writes an identity, and nothing that is none", async () => {
  await using place = begin();
  const { state } = place;
  await state.create(machineIdentity.newResource("machine", { machineId: "no identity" }));
  await becomes(place, "hosts", `127.0.0.1 localhost\n${LOOPBACK6}${MULTICAST}`);
  const file = { namespace: "fs", type: etcFileSpec.type };
  assertEquals(
    (await state.list(file)).some(({ metadata }) => metadata.id === "machine-id"),
    false,
  );
  const machineId = "0123456789abcdef0123456789abcdef";
  const made = machineIdentity.newResource("machine", { machineId, persistent: true });
  await state.modify(made, (current) => ({ ...current, spec: made.spec }));
  await becomes(place, "machine-id", `${machineId}\n`);
});
