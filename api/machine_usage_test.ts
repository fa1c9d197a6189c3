// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { MachineService } from "../proto/gen/machine/machine_pb.ts";
import { apiFixture } from "../tests/fakes/api.ts";
import { connectTransport } from "../tests/fakes/connect_client.ts";
import { MachineError } from "./machine_port.ts";

function serve() {
  const fixture = apiFixture();
  const transport = connectTransport(
    (request) => fixture.api.handle(request, { transport: "unix" }),
    { format: "binary" },
  );
  return { ...fixture, client: createClient(MachineService, transport) };
}

Deno.test("MachineService hostname() and loadAvg() answer one message", async () => {
  const { client } = serve();
  assertEquals((await client.hostname({})).messages.map(({ hostname }) => hostname), ["box"]);
  const { messages: [load] } = await client.loadAvg({});
  assertEquals([load?.load1, load?.load5, load?.load15], [0.5, 0.25, 0.125]);
});

Deno.test("MachineService memory() gives the lines it has fields for", async () => {
  const { messages: [memory] } = await serve().client.memory({});
  const { meminfo } = memory ?? {};
  assertEquals([meminfo?.memtotal, meminfo?.memavailable, meminfo?.memfree], [1000n, 600n, 0n]);
});

Deno.test("MachineService systemStat() gives seconds and counts of the whole width", async () => {
  const { messages: [stat] } = await serve().client.systemStat({});
  assertEquals([stat?.bootTime, stat?.contextSwitches], [1_767_323_045n, 2n ** 64n - 1n]);
  assertEquals([stat?.cpuTotal?.user, stat?.cpu[0]?.guestNice], [1.5, 9]);
  assertEquals([stat?.irqTotal, stat?.irq], [3n, [1n, 2n]]);
  assertEquals([stat?.processCreated, stat?.processRunning, stat?.processBlocked], [4n, 5n, 6n]);
  const { $typeName: _, ...kinds } = stat?.softIrq ?? { $typeName: "" };
  assertEquals([stat?.softIrqTotal, kinds as unknown], [55n, {
    hi: 1n,
    timer: 2n,
    netTx: 3n,
    netRx: 4n,
    block: 5n,
    blockIoPoll: 6n,
    tasklet: 7n,
    sched: 8n,
    hrtimer: 9n,
    rcu: 10n,
  }]);
});

Deno.test("MachineService processes() gives each process, and refuses by code", async () => {
  const { client, machine } = serve();
  const { messages: [table] } = await client.processes({});
  const [process] = table?.processes ?? [];
  assertEquals([process?.pid, process?.cpuTime, process?.virtualMemory, process?.args], [
    1,
    1.25,
    1n << 40n,
    "/usr/bin/strata --all",
  ]);
  machine.usage.processes = () => Promise.reject(new MachineError("exhausted", "too many"));
  const error = await assertRejects(() => client.processes({}), ConnectError);
  assertEquals([error.code, error.rawMessage], [Code.ResourceExhausted, "too many"]);
});

Deno.test("MachineService cPUInfo() reads the kernel's words", async () => {
  const { messages: [cpus] } = await serve().client.cPUInfo({});
  const [cpu] = cpus?.cpuInfo ?? [];
  assertEquals([cpu?.processor, cpu?.modelName, cpu?.cpuMhz, cpu?.flags, cpu?.bugs], [
    0,
    "A",
    2400.5,
    ["a", "b"],
    [],
  ]);
});

Deno.test("MachineService diskStats() and networkDeviceStats() sum up what devices did", async () => {
  const { client } = serve();
  const { messages: [disks] } = await client.diskStats({});
  assertEquals(disks?.devices.map(({ name }) => name), ["vda", "vdb"]);
  const [disk] = disks?.devices ?? [];
  assertEquals([disk?.readCompleted, disk?.ioInProgress, disk?.discardTimeMs], [1n, 9n, 15n]);
  assertEquals([disks?.total?.name, disks?.total?.writeSectors], ["total", 14n]);
  const { messages: [net] } = await client.networkDeviceStats({});
  const [lo] = net?.devices ?? [];
  assertEquals([lo?.name, lo?.rxBytes, lo?.rxMulticast, lo?.txBytes, lo?.txCompressed], [
    "lo",
    1n,
    8n,
    9n,
    16n,
  ]);
  assertEquals(net?.total?.txPackets, 10n);
});
