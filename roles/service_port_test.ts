// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { MachineError } from "../api/machine_port.ts";
import { ServiceState } from "../runtime/resources/service.ts";
import { ServiceBench } from "../tests/fakes/services.ts";
import { servicePort } from "./service_port.ts";

const { RUNNING, FINISHED } = ServiceState;
const NEVER = new AbortController().signal;

async function bench() {
  const bench = new ServiceBench();
  bench.wish({ etcd: { operable: true }, sealed: {} });
  await bench.settle();
  return { bench, port: servicePort(bench.supervisor) };
}

async function logOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += new TextDecoder().decode(piece);
  return text;
}

Deno.test("servicePort() tells services, their last changes and their health", async () => {
  const { bench: { world }, port } = await bench();
  const [etcd] = port.list();
  const time = 1_767_323_045_000_000_000n;
  assertEquals(etcd, {
    id: "etcd",
    state: "Running",
    events: [
      { state: "Starting", message: "", time },
      { state: "Running", message: `started as process ${world.processOf("etcd").pid}`, time },
    ],
    health: { known: false, healthy: false, message: "", changed: 0n },
  });
  assertEquals(port.list().map(({ id }) => id), ["etcd", "sealed"]);
});

Deno.test("servicePort() starts, stops and restarts what is operable, and says what it did", async () => {
  const { bench: it, port } = await bench();
  assertEquals(port.start("etcd"), 'Service "etcd" runs already');
  assertEquals(port.stop("etcd"), 'Service "etcd" is being stopped');
  await it.becomes("etcd", ({ state }) => state === FINISHED);
  assertEquals(port.stop("etcd"), 'Service "etcd" does not run');
  assertEquals(port.start("etcd"), 'Service "etcd" is being started');
  await it.becomes("etcd", ({ state }) => state === RUNNING);
  assertEquals(port.restart("etcd"), 'Service "etcd" is being restarted');
  await it.becomes("etcd", ({ restarts, state }) => restarts === 2 && state === RUNNING);
});

Deno.test("servicePort() refuses to operate what is not operable, or not there", async () => {
  const { bench: it, port } = await bench();
  for (const verb of ["start", "stop", "restart"] as const) {
    const sealed = assertThrows(() => port[verb]("sealed"), MachineError);
    assertEquals(sealed.message, `Service "sealed" does not allow operators to ${verb} it`);
    assertEquals(sealed.refusal, "precondition");
    const none = assertThrows(() => port[verb]("none"), MachineError);
    assertEquals(none.message, 'Cannot find service "none": it may be etcd, sealed');
    assertEquals(none.refusal, "not-found");
  }
  assertEquals(it.world.running, ["etcd", "sealed"]);
});

Deno.test("servicePort() reads logs through restarts, and follows until the spec goes", async () => {
  const { bench: it, port } = await bench();
  await it.world.processOf("etcd").write("one\ntwo\n");
  await it.world.processOf("etcd").write("wrong\n", "stderr");
  port.restart("etcd");
  await it.becomes("etcd", ({ restarts, state }) => restarts === 1 && state === RUNNING);
  await it.world.processOf("etcd").write("three\n");
  await it.settle();
  const request = { tailLines: undefined, follow: false, signal: NEVER };
  const all = await logOf(port.readLog("etcd", request));
  assertEquals(all.split("\n").sort().join(" "), " one three two wrong");
  const last = await logOf(port.readLog("etcd", { ...request, tailLines: 1 }));
  assertEquals(last, "three\n");
  const followed = logOf(port.readLog("etcd", { ...request, tailLines: 1, follow: true }));
  it.wish({ etcd: undefined });
  assertEquals(await followed, "three\n");
});

Deno.test("servicePort() tells what services take, as their cgroups say", async () => {
  const { bench: it, port } = await bench();
  const pid = it.world.processOf("etcd").pid;
  assertEquals(port.usage()[0], { id: "etcd", pid, memory: 4096n, cpu: 7_000n });
  it.wish({ etcd: undefined });
  await it.settle();
  it.apply();
  assertEquals(port.usage().map(({ id }) => id), ["sealed"]);
  assertEquals(port.logs(), ["sealed"]);
});

Deno.test("servicePort() says what is wrong with a spec instead of who may operate it", async () => {
  const { bench: it, port } = await bench();
  it.wish({ etcd: { operable: true, command: [] } });
  await it.settle();
  const { message, refusal } = assertThrows(() => port.start("etcd"), MachineError);
  assertStringIncludes(message, 'Cannot start service "etcd": Cannot run it: command is empty');
  assertEquals(refusal, "invalid");
});
