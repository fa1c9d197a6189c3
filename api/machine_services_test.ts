/** The methods of MachineService about services, logs, events and usage. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { createRegistry, fromBinary, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import {
  type EventsRequest,
  file_machine_machine,
  MachineService,
} from "../proto/gen/machine/machine_pb.ts";
import { apiFixture } from "../tests/fakes/api.ts";
import { connectTransport } from "../tests/fakes/connect_client.ts";
import type { EventFacts } from "./event_port.ts";
import { MachineError } from "./machine_port.ts";

function serve() {
  const fixture = apiFixture();
  const transport = connectTransport(
    (request) => fixture.api.handle(request, { transport: "unix" }),
    { format: "binary" },
  );
  return { ...fixture, client: createClient(MachineService, transport) };
}

async function refusal(act: () => Promise<unknown>): Promise<readonly [Code, string]> {
  const { code, rawMessage } = await assertRejects(act, ConnectError);
  return [code, rawMessage];
}

async function lines(stream: AsyncIterable<{ bytes: Uint8Array }>): Promise<string> {
  let text = "";
  for await (const { bytes } of stream) text += new TextDecoder().decode(bytes);
  return text;
}

Deno.test("MachineService serviceList() gives state, health and events", async () => {
  const { client } = serve();
  const { messages: [answer, ...more] } = await client.serviceList({});
  assertEquals(more, []);
  const [apid, udevd] = answer?.services ?? [];
  assertEquals([apid?.id, apid?.state], ["apid", "Running"]);
  const [event] = apid?.events?.events ?? [];
  assertEquals([event?.msg, event?.state, event?.ts?.seconds, event?.ts?.nanos], [
    "started",
    "Starting",
    1_767_323_045n,
    1,
  ]);
  assertEquals([apid?.health?.unknown, apid?.health?.healthy], [false, true]);
  assertEquals(apid?.health?.lastChange?.seconds, 1_767_323_046n);
  // Nothing known is not healthy, and never changed.
  assertEquals([udevd?.health?.unknown, udevd?.health?.healthy], [true, false]);
  assertEquals(udevd?.health?.lastChange, undefined);
});

Deno.test("MachineService operates services by name, and says why it does not", async () => {
  const { client, machine } = serve();
  assertEquals(
    (await client.serviceStart({ id: "apid" })).messages[0]?.resp,
    'Service "apid" start begun',
  );
  await client.serviceStop({ id: "apid" });
  await client.serviceRestart({ id: "apid" });
  assertEquals(machine.services.asked, ["start apid", "stop apid", "restart apid"]);
  assertEquals(await refusal(() => client.serviceStop({ id: "none" })), [
    Code.NotFound,
    'there is no service "none"',
  ]);
  assertEquals(await refusal(() => client.serviceRestart({ id: "udevd" })), [
    Code.Unimplemented,
    'service "udevd" doesn\'t support restart operation via API',
  ]);
});

Deno.test("MachineService stats() gives what services take", async () => {
  const { client } = serve();
  const { messages: [answer] } = await client.stats({ namespace: "system" });
  const [stat] = answer?.stats ?? [];
  assertEquals([stat?.namespace, stat?.id, stat?.name], ["system", "apid", "apid"]);
  assertEquals([stat?.memoryUsage, stat?.cpuUsage], [3n << 20n, 5_000_000_000n]);
});

Deno.test("MachineService logs() takes lines below 0 as all, and 0 as none", async () => {
  const { client, machine } = serve();
  const namespace = "system";
  assertEquals(
    await lines(client.logs({ namespace, id: "apid", tailLines: -1 })),
    "one\ntwo\nthree\n",
  );
  assertEquals(
    await lines(client.logs({ id: "apid", tailLines: 2, follow: true })),
    "two\nthree\n",
  );
  assertEquals(await lines(client.logs({ id: "apid" })), "");
  assertEquals(
    machine.services.logRequests.map(({ tailLines, follow }) => [tailLines, follow]),
    [[undefined, false], [2, true], [0, false]],
  );
  assertEquals(await refusal(() => lines(client.logs({ id: "none" }))), [
    Code.NotFound,
    'there is no service "none"',
  ]);
  assertEquals((await client.logsContainers({})).messages[0]?.ids, ["apid", "udevd"]);
});

Deno.test("MachineService refuses namespaces and drivers of other services", async () => {
  const { client } = serve();
  const namespace = 'namespace is "k8s.io", and may be "system": there are no other services';
  const driver = "driver is CRI, and may be CONTAINERD: there are no other services";
  for (
    const [request, words] of [[{ namespace: "k8s.io" }, namespace], [
      { driver: 1 },
      driver,
    ]] as const
  ) {
    const wanted = [Code.InvalidArgument, words] as const;
    assertEquals(await refusal(() => client.stats(request)), wanted);
    assertEquals(await refusal(() => lines(client.logs({ id: "apid", ...request }))), wanted);
  }
});

Deno.test("MachineService dmesg() gives a line a message", async () => {
  const { client, machine } = serve();
  machine.kernelLog.lines = ["a\n", "b\n"];
  const pieces = await Array.fromAsync(client.dmesg({ follow: true, tail: true }));
  assertEquals(pieces.map(({ bytes }) => new TextDecoder().decode(bytes)), ["a\n", "b\n"]);
  const [request] = machine.kernelLog.requests;
  assertEquals([request?.follow, request?.onlyNew], [true, true]);
});

Deno.test("MachineService dmesg() and events() say who follows, as apid names it", async () => {
  const { api, machine } = apiFixture();
  const headers = { "strata-roles": "os:admin", "strata-client": "192.0.2.7" };
  const transport = connectTransport((request) => {
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    return api.handle(request, { transport: "apid" });
  }, { format: "binary" });
  const client = createClient(MachineService, transport);
  await Array.fromAsync(client.dmesg({ follow: true }));
  await Array.fromAsync(client.events({}));
  const requests = [...machine.kernelLog.requests, ...machine.events.requests];
  assertEquals(requests.map(({ client }) => client), ["192.0.2.7", "192.0.2.7"]);
});

const HEALTH = { known: true, healthy: false, message: "no", changed: 5_000_000_000n };

/** What each event is as a message in JSON. */
const EVENTS: readonly (readonly [EventFacts, string, unknown])[] = [
  [
    { kind: "sequence", sequence: "boot", action: "noop", error: "why" },
    "SequenceEvent",
    { sequence: "boot", error: { message: "why" } },
  ],
  [
    { kind: "phase", phase: "mounts", action: "stop" },
    "PhaseEvent",
    { phase: "mounts", action: "STOP" },
  ],
  [{ kind: "task", task: "one", action: "start" }, "TaskEvent", { task: "one" }],
  [
    { kind: "service", service: "apid", state: "starting", message: "m", health: HEALTH },
    "ServiceStateEvent",
    {
      service: "apid",
      action: "STARTING",
      message: "m",
      health: { lastMessage: "no", lastChange: "1970-01-01T00:00:05Z" },
    },
  ],
  [{ kind: "restart", command: 0x123_4567n }, "RestartEvent", { cmd: "19088743" }],
  [
    {
      kind: "machine-status",
      stage: "rebooting",
      ready: false,
      unmet: [{ name: "var", reason: "full" }],
    },
    "MachineStatusEvent",
    {
      stage: "REBOOTING",
      status: { unmetConditions: [{ name: "var", reason: "full" }] },
    },
  ],
];

Deno.test("MachineService events() begins with an empty event, and packs each that follows", async () => {
  const { client, machine } = serve();
  machine.events.told = EVENTS.map(([facts], at) => ({ id: `id-${at}`, actorId: "me", facts }));
  const [hello, ...events] = await Array.fromAsync(client.events({ tailEvents: -1 }));
  assertEquals([hello?.id, hello?.actorId, hello?.data], ["", "", undefined]);
  const registry = createRegistry(file_machine_machine);
  for (const [at, [, name, json]] of EVENTS.entries()) {
    const { id, actorId, data } = events[at] ?? {};
    assertEquals([id, actorId], [`id-${at}`, "me"]);
    assertEquals(data?.typeUrl, `talos/runtime/machine.${name}`);
    const schema = registry.getMessage(`machine.${name}`);
    if (data === undefined || schema === undefined) throw new Error(`no ${name}`);
    const message = fromBinary(schema, data.value);
    assertEquals(toJson(schema, message), json as never);
  }
  assertEquals(events.length, EVENTS.length);
});

Deno.test("MachineService events() begins where it is told", async () => {
  const { client, machine } = serve();
  const cases: readonly (readonly [Partial<EventsRequest>, unknown])[] = [
    [{}, { kind: "now" }],
    [{ tailEvents: -1 }, { kind: "last", count: Infinity }],
    [{ tailEvents: 7 }, { kind: "last", count: 7 }],
    [{ tailId: "abc" }, { kind: "after", id: "abc" }],
    [{ tailSeconds: 60 }, { kind: "since", seconds: 60 }],
  ];
  for (const [request, from] of cases) {
    const { $typeName: _, ...fields } = { $typeName: "", ...request, withActorId: "me" };
    await Array.fromAsync(client.events(fields));
    const asked = machine.events.requests.at(-1);
    assertEquals([asked?.from as unknown, asked?.actorId], [from, "me"]);
  }
});

Deno.test("MachineService events() refuses two beginnings, negative times, and tells of losses", async () => {
  const { client, machine } = serve();
  const all = (request: { tailEvents?: number; tailId?: string; tailSeconds?: number }) => () =>
    Array.fromAsync(client.events(request));
  assertEquals(await refusal(all({ tailEvents: 1, tailId: "a" })), [
    Code.InvalidArgument,
    "tail_events and tail_id are given, and may be one of them",
  ]);
  assertEquals(await refusal(all({ tailSeconds: -1 })), [
    Code.InvalidArgument,
    "tail_seconds is -1, and may be 0 or more",
  ]);
  for (
    const [reason, code] of [["lost", Code.DataLoss], [
      "exhausted",
      Code.ResourceExhausted,
    ]] as const
  ) {
    machine.events.refusal = new MachineError(reason, "gone");
    assertEquals(await refusal(all({})), [code, "gone"]);
  }
});

Deno.test("MachineService events() are JSON with the message within, over HTTP", async () => {
  const { ask, machine } = serve();
  machine.events.told = [{
    id: "i",
    actorId: "",
    facts: { kind: "phase", phase: "var", action: "stop" },
  }];
  const body = new TextEncoder().encode("{}");
  const framed = new Uint8Array([0, 0, 0, 0, body.length, ...body]);
  const response = await ask("/machine.MachineService/Events", {
    method: "POST",
    headers: { "content-type": "application/connect+json" },
    body: framed,
  });
  const text = await response.text();
  const type = "talos/runtime/machine.PhaseEvent";
  assertEquals(text.includes(`{"phase":"var","action":"STOP","@type":"${type}"}`), true, text);
});
