/** The commands about services, logs, events of the machine and what it uses. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  MachineStatusEvent_MachineStage as Stage,
  MachineStatusEventSchema,
  PhaseEventSchema,
  SequenceEventSchema,
  ServiceStateEvent_Action as Action,
  ServiceStateEventSchema,
} from "../../../proto/gen/machine/machine_pb.ts";
import { type FakeMachine, fakeMachine } from "../../../tests/fakes/cli_machine.ts";
import { runFake } from "../../../tests/fakes/cli_world.ts";

/** The fake clock's time, in seconds. */
const NOW = 1_767_323_045n;

const SERVICES: FakeMachine["services"] = [
  {
    id: "apid",
    state: "Running",
    events: {
      events: [
        { msg: "starting", state: "Starting", ts: { seconds: NOW - 70n } },
        { msg: "started as 7\x1b", state: "Running", ts: { seconds: NOW - 65n } },
      ],
    },
    health: { healthy: true, lastMessage: "SERVING", lastChange: { seconds: NOW - 60n } },
  },
  { id: "udevd", state: "Waiting", health: { unknown: true } },
];

async function ran(args: readonly string[], machine: FakeMachine, terminal?: number) {
  const options = { routes: fakeMachine(machine), ...(terminal === undefined ? {} : { terminal }) };
  const { code, out, err } = await runFake(args, options);
  return { code, out, err };
}

/** The requests a command makes, as `CALL` and the fields that are set. */
async function asked(args: readonly string[], machine: FakeMachine = {}) {
  const calls: unknown[] = [];
  const seen = (call: string, request: unknown): void => {
    const { $typeName: _, ...fields } = request as Record<string, unknown>;
    calls.push([call, fields]);
  };
  await ran(args, { logs: { apid: [], kernel: [] }, ...machine, seen });
  return calls;
}

Deno.test("services shows state, health and the last event of each", async () => {
  const { code, out } = await ran(["services"], { services: SERVICES });
  assertEquals([code, out], [
    0,
    `SERVICE   STATE     HEALTH   LAST CHANGE   LAST EVENT
apid      Running   OK       1m5s ago      started as 7\\x1b
udevd     Waiting   ?        -
`,
  ]);
  const picked = await ran(["services", "-o", "jsonpath={.*.state}"], { services: SERVICES });
  assertEquals(picked.out, "Running Waiting\n");
  assertEquals(
    (await ran(["services", "-o", "name"], { services: SERVICES })).out,
    "apid\nudevd\n",
  );
});

Deno.test("service shows all that is known of one", async () => {
  const { code, out } = await ran(["service", "apid"], { services: SERVICES });
  assertEquals([code, out], [
    0,
    `ID                    apid
STATE                 Running
HEALTH                OK
LAST HEALTH MESSAGE   SERVING
HEALTH SINCE          1m ago
EVENTS                [Running]: started as 7\\x1b (1m5s ago)
                      [Starting]: starting (1m10s ago)
`,
  ]);
});

Deno.test("service ends with 3 where there is none of that name, and says which it may be", async () => {
  for (
    const [id, services, advice] of [
      ["apdi", SERVICES, "did you mean apid?"],
      ["something", SERVICES, '"strata services" lists them'],
      ["apid", [], "the machine has none"],
    ] as const
  ) {
    const { code, err } = await ran(["service", id], { services });
    assertEquals([code, err], [3, `strata: no service "${id}": ${advice}\n`]);
  }
});

Deno.test("service starts, stops and restarts by its second word", async () => {
  for (const action of ["start", "stop", "restart"]) {
    const { code, out } = await ran(["service", "apid", action], {});
    assertEquals([code, out], [0, `${action} of apid begun\n`]);
    assertEquals(await asked(["service", "apid", action]), [[action, { id: "apid" }]]);
  }
  const { code, err } = await ran(["service", "apid", "kill"], {});
  assertEquals([code, err.includes("start, stop, restart")], [2, true], err);
});

Deno.test("logs asks for all lines, or as many as it is told, and copies them", async () => {
  const logs = { apid: ["one\n", "two\x1b[2J\n"] };
  assertEquals((await ran(["logs", "apid"], { logs })).out, "one\ntwo\x1b[2J\n");
  assertEquals((await ran(["logs", "apid"], { logs }, 80)).out, "one\ntwo\\x1b[2J\n");
  const request = { namespace: "system", id: "apid", driver: 0, follow: false, tailLines: -1 };
  assertEquals(await asked(["logs", "apid"]), [["logs", request]]);
  assertEquals(await asked(["logs", "apid", "--tail", "all"]), [["logs", request]]);
  assertEquals(await asked(["logs", "apid", "-f", "--tail", "0"]), [
    ["logs", { ...request, follow: true, tailLines: 0 }],
  ]);
});

Deno.test("logs refuses what is no number of lines, and ends with 3 without such a log", async () => {
  for (const tail of ["-1", "x", "1.5", "2147483648"]) {
    const { code, err } = await ran(["logs", "apid", `--tail=${tail}`], {});
    assertEquals(code, 2);
    assertEquals(
      err.split("\n")[0],
      `strata: cannot use --tail "${tail}": it must be a whole number up to 2147483647, or all`,
    );
  }
  const { code, err } = await ran(["logs", "apid"], {});
  assertEquals([code, err], [3, "strata: no such log\n"]);
});

Deno.test("dmesg prints lines; --tail means only new ones, which are waited for", async () => {
  const { out } = await ran(["dmesg"], { logs: { kernel: ["kern: a\n", "kern: b\n"] } });
  assertEquals(out, "kern: a\nkern: b\n");
  assertEquals(await asked(["dmesg"]), [["dmesg", { follow: false, tail: false }]]);
  assertEquals(await asked(["dmesg", "-f"]), [["dmesg", { follow: true, tail: false }]]);
  assertEquals(await asked(["dmesg", "--tail"]), [["dmesg", { follow: true, tail: true }]]);
});

Deno.test("stats shows sizes and seconds", async () => {
  const { out } = await ran(["stats"], {});
  assertEquals(out, "SERVICE   MEMORY    CPU\napid      3.0 MiB   61.25 s\n");
});

Deno.test("memory shows sums, and every figure when it is asked for", async () => {
  const { out } = await ran(["memory"], {});
  assertEquals(
    out,
    `TOTAL     USED      FREE      SHARED    BUFFERS   CACHE     AVAILABLE
4.0 GiB   2.4 GiB   1.0 GiB   512 KiB   1.0 MiB   512 MiB   3.0 GiB
`,
  );
  const long = (await ran(["memory", "--long"], {})).out.split("\n");
  assertEquals(long.length, 50);
  assertEquals(long.filter((line) => /^(memtotal|hugepagestotal) /.test(line)), [
    "memtotal            4.0 GiB",
    "hugepagestotal      3",
  ]);
  assertEquals((await ran(["memory", "-o", "jsonpath={.cached}"], {})).out, "524288\n");
});

const PROCESSES: FakeMachine["processes"] = [
  {
    ...{ pid: 1, state: "S", threads: 12, cpuTime: 1.25, command: "strata" },
    ...{ virtualMemory: 1n << 30n, residentMemory: 98n << 20n },
    ...{ executable: "/usr/bin/strata", args: "/usr/bin/strata\x1b" },
  },
  { pid: 2, state: "I", threads: 1, cpuTime: 9, command: "kthreadd" },
  { pid: 9, state: "R", threads: 1, command: "x", executable: "/x", residentMemory: 1n << 30n },
];

Deno.test("processes shows what takes most memory first, or time, or was first", async () => {
  const { code, out } = await ran(["processes"], { processes: PROCESSES });
  assertEquals([code, out], [
    0,
    `PID   STATE   THREADS   CPU TIME   VIRTUAL   RESIDENT   COMMAND
9     R       1         0.00 s     0 B       1.0 GiB    /x
1     S       12        1.25 s     1.0 GiB   98.0 MiB   /usr/bin/strata\\x1b
2     I       1         9.00 s     0 B       0 B        [kthreadd]
`,
  ]);
  for (const [sort, order] of [["rss", "9 1 2"], ["cpu", "2 1 9"], ["pid", "1 2 9"]] as const) {
    const args = ["processes", "--sort", sort, "-o", "jsonpath={.*.pid}"];
    assertEquals((await ran(args, { processes: PROCESSES })).out, `${order}\n`);
  }
  const labelled = await ran(["processes"], { processes: [{ pid: 1, label: "a_t" }] });
  assertEquals(labelled.out.includes("LABEL"), true);
});

function event<Desc extends DescMessage>(
  id: string,
  schema: Desc,
  init: MessageInitShape<Desc>,
): NonNullable<FakeMachine["machineEvents"]>[number] {
  const typeUrl = `talos/runtime/${schema.typeName}`;
  return { id, actorId: "end-1", data: { typeUrl, value: toBinary(schema, create(schema, init)) } };
}

const EVENTS: FakeMachine["machineEvents"] = [
  event("9m4e2mr0ui3e8a000000", SequenceEventSchema, { sequence: "reboot", action: 1 }),
  event("9m4e2mr0ui3e8a00000g", PhaseEventSchema, { phase: "api", action: 1 }),
  event("9m4e2mr0ui3e8a000010", ServiceStateEventSchema, {
    service: "apid",
    action: Action.STOPPING,
    message: "asked",
    health: { healthy: true },
  }),
  event("other", MachineStatusEventSchema, {
    stage: Stage.SHUTTING_DOWN,
    status: { unmetConditions: [{ name: "machine", reason: "it ends\x1b" }] },
  }),
  { id: "other", data: { typeUrl: "talos/runtime/machine.NewEvent", value: new Uint8Array() } },
];

Deno.test("events --machine shows events of the machine, and their end", async () => {
  const { code, out, err } = await ran(["events", "--machine"], { machineEvents: EVENTS });
  assertEquals([code, err], [5, "strata: the machine ended the stream\n"]);
  assertEquals(
    out,
    `TIME                   EVENT                SOURCE          MESSAGE
2011-03-22T17:50:19Z   SequenceEvent        reboot          start
2011-03-22T17:50:19Z   PhaseEvent           api             stop
2011-03-22T17:50:19Z   ServiceStateEvent    apid            stopping, health OK: asked
                       MachineStatusEvent   shutting down   not ready; machine: it ends\\x1b
                       NewEvent
`,
  );
  const wide = await ran(["events", "--machine", "-o", "wide"], { machineEvents: EVENTS });
  assertEquals(wide.out.split("\n")[2]?.endsWith("9m4e2mr0ui3e8a00000g   end-1"), true, wide.out);
});

Deno.test("events --machine -o json writes an event a line", async () => {
  const { out } = await ran(["events", "--machine", "-o", "json"], {
    machineEvents: EVENTS.slice(1, 2),
  });
  assertEquals(JSON.parse(out), {
    id: "9m4e2mr0ui3e8a00000g",
    type: "machine.PhaseEvent",
    actorId: "end-1",
    event: { phase: "api", action: "STOP" },
  });
});

Deno.test("events --machine asks for the past that it is told", async () => {
  const none = { tailEvents: 0, tailId: "", tailSeconds: 0, withActorId: "" };
  const cases: readonly (readonly [readonly string[], unknown])[] = [
    [[], { ...none, tailEvents: 10 }],
    [["--tail", "all"], { ...none, tailEvents: -1 }],
    [["--tail", "0", "--actor", "me"], { ...none, withActorId: "me" }],
    [["--since", "10m"], { ...none, tailSeconds: 600 }],
    [["--since", "100ms"], { ...none, tailSeconds: 1 }],
    [["--after", "abc"], { ...none, tailId: "abc" }],
  ];
  for (const [args, wanted] of cases) {
    assertEquals(await asked(["events", "--machine", ...args]), [["events", wanted]]);
  }
});

Deno.test("events refuses options of one kind of events with the other", async () => {
  const cases = [
    [["--machine", "mounts"], "cannot use types with --machine: it shows no resources"],
    [
      ["--machine", "--no-follow"],
      "cannot use --no-follow with --machine: the machine does not tell where its past ends",
    ],
    [
      ["--machine", "-n", "fs"],
      "cannot use --namespace with --machine: events of the machine have no namespace",
    ],
    [
      ["--machine", "--tail", "1", "--after", "a"],
      "cannot use --tail and --after together with --machine: one may be given",
    ],
    [
      ["--machine", "--since", "2026-01-02T03:04:05Z"],
      'cannot use --since "2026-01-02T03:04:05Z": with --machine it must be a duration such as 10m',
    ],
    [["--actor", "a"], "cannot use --actor without --machine"],
    [["--after", "a"], "cannot use --after without --machine"],
  ] as const;
  for (const [args, words] of cases) {
    const { code, err } = await ran(["events", ...args], {});
    assertEquals([code, err.split("\n")[0]], [2, `strata: ${words}`]);
  }
});

Deno.test("completion offers services, logs and what may be done", async () => {
  const machine = { services: SERVICES, logs: { apid: [], kernel: [] } };
  const words = async (...typed: string[]) =>
    (await ran(["__complete", "fish", "--", ...typed], machine)).out;
  assertEquals(await words("service", ""), "words\napid\tRunning\nudevd\tWaiting\n");
  assertEquals(await words("service", "apid", "re"), "words\nrestart\n");
  assertEquals(await words("logs", "k"), "words\nkernel\n");
});
