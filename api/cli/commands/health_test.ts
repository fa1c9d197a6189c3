// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import process from "node:process";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import {
  Health,
  HealthCheckResponse_ServingStatus as Serving,
} from "../../../proto/gen/grpc/health/v1/health_pb.ts";
import {
  MountReportSchema,
  VolumeStatusSpec_Phase as VolumePhase,
  VolumeStatusSpecSchema,
} from "../../../proto/gen/strata/fs/v1/fs_pb.ts";
import {
  ControllerNode_Phase as Phase,
  GraphResponseSchema,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import {
  BootStepSpec_Outcome as Outcome,
  BootStepSpecSchema,
  MachineStatusSpec_Stage as Stage,
  MachineStatusSpecSchema,
} from "../../../proto/gen/strata/runtime/v1/runtime_pb.ts";
import {
  ServiceStatus_Health as ServiceHealth,
  ServiceStatus_State as State,
  ServiceStatusSchema,
} from "../../../proto/gen/strata/runtime/v1/service_pb.ts";
import { FakeClock } from "../../../tests/fakes/clock.ts";
import { fakeMachine } from "../../../tests/fakes/cli_machine.ts";
import type { ResourceInit } from "../../../tests/fakes/cli_resources.ts";
import { type FakeWorldOptions, runFake, type RunResult } from "../../../tests/fakes/cli_world.ts";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

interface Machine {
  serving: Serving;
  stage: Stage;
  ready: boolean;
  refusal: ConnectError | undefined;
  resources: ResourceInit[];
  backingOff: string[];
}

function machine(init: Partial<Machine> = {}): Machine {
  const { serving = Serving.SERVING, stage = Stage.RUNNING, ready = true } = init;
  const { refusal, resources = [], backingOff = [] } = init;
  return { serving, stage, ready, refusal, resources, backingOff };
}

/** Served as it is when it is asked. */
function routes(fake: Machine): (router: ConnectRouter) => void {
  return (router) => {
    const status = create(MachineStatusSpecSchema, {
      stage: fake.stage,
      ready: fake.ready,
      unmetConditions: fake.ready ? [] : ["/var is not mounted", "no time"],
    });
    fakeMachine({
      resources: [
        {
          namespace: "runtime",
          type: "MachineStatuses.runtime.strata",
          id: "machine",
          proto: toBinary(MachineStatusSpecSchema, status),
        },
        ...fake.resources,
      ],
      graph: create(GraphResponseSchema, {
        controllers: [
          { name: "a.B", phase: Phase.RUNNING, crashes: 2n },
          ...fake.backingOff.map((name) => ({
            name,
            phase: Phase.BACKING_OFF,
            lastError: "it broke",
          })),
        ],
      }),
      ...(fake.refusal === undefined ? {} : { refusal: fake.refusal }),
    })(router);
    router.service(Health, {
      check() {
        if (fake.refusal !== undefined) throw fake.refusal;
        return { status: fake.serving };
      },
    });
  };
}

function health(
  fake: Machine,
  args: readonly string[],
  options: FakeWorldOptions = {},
): Promise<RunResult> {
  return runFake(["health", ...args], { routes: routes(fake), ...options });
}

Deno.test("health tells of every check, and ends with 0 when all is well", async () => {
  const { code, out, err } = await health(machine(), []);
  assertEquals([code, err], [0, ""]);
  assertEquals(
    out,
    `CHECK         STATUS   DETAIL
api           ok       serving
machine       ok       running
boot          ok       there are none
controllers   ok       1 controllers run, 2 crashes so far
image         ok       there are none
volumes       ok       there are none
mounts        ok       there are none
files         ok       there are none
services      ok       there are none
`,
  );
});

Deno.test("health ends with 1 and says what is wrong", async () => {
  const step = create(BootStepSpecSchema, { outcome: Outcome.FAILED, detail: "no disk" });
  const fine = create(BootStepSpecSchema, { outcome: Outcome.DONE });
  const volume = create(VolumeStatusSpecSchema, { phase: VolumePhase.MISSING });
  const report = create(MountReportSchema, { error: "EBUSY (16)" });
  const steps = { namespace: "runtime", type: "BootSteps.runtime.strata" };
  const fake = machine({
    ready: false,
    backingOff: ["x.Y"],
    resources: [
      { ...steps, id: "var", proto: toBinary(BootStepSpecSchema, step) },
      { ...steps, id: "net", proto: toBinary(BootStepSpecSchema, fine) },
      {
        type: "VolumeStatuses.fs.strata",
        id: "var",
        proto: toBinary(VolumeStatusSpecSchema, volume),
      },
      ...Array.from({ length: 7 }, (_, at) => ({
        type: "MountReports.fs.strata",
        id: `m${at}`,
        proto: toBinary(MountReportSchema, report),
      })),
    ],
  });
  const { code, out } = await health(fake, ["--no-headers"]);
  assertEquals(code, 1);
  const lines = out.split("\n").map((line) => line.split(/ {2,}/));
  assertEquals(lines.slice(1, -3), [
    ["machine", "failed", "/var is not mounted; no time"],
    ["boot", "failed", "var: no disk"],
    ["controllers", "failed", "x.Y: it broke"],
    ["image", "ok", "there are none"],
    ["volumes", "failed", "var: is MISSING"],
    [
      "mounts",
      "failed",
      "m0: EBUSY (16); m1: EBUSY (16); m2: EBUSY (16); m3: EBUSY (16); m4: EBUSY (16) (and 2 more)",
    ],
  ]);
  const json = JSON.parse((await health(fake, ["-o", "json"])).out);
  assertEquals([json.healthy, json.checks[2]], [
    false,
    { name: "boot", status: "failed", detail: "var: no disk" },
  ]);
});

Deno.test("health names each service that does not do its work", async () => {
  const { WAITING, RUNNING, STOPPING, FINISHED, FAILED } = State;
  const statuses: Record<string, MessageInitShape<typeof ServiceStatusSchema>> = {
    fine: { state: RUNNING, health: ServiceHealth.HEALTHY },
    unchecked: { state: RUNNING },
    done: { state: FINISHED, health: ServiceHealth.UNHEALTHY },
    ill: { state: RUNNING, health: ServiceHealth.UNHEALTHY, healthMessage: "no answer" },
    mute: { state: RUNNING, health: ServiceHealth.UNHEALTHY },
    late: { state: WAITING, message: "waits for mount /var" },
    going: { state: STOPPING },
    dead: { state: FAILED, message: "ended with 1" },
  };
  const resources = Object.entries(statuses).map(([id, status]) => ({
    namespace: "runtime",
    type: "ServiceStatuses.runtime.strata",
    id,
    proto: toBinary(ServiceStatusSchema, create(ServiceStatusSchema, status)),
  }));
  const template = '{.checks[?(@.name=="services")].detail}';
  const { code, out } = await health(machine({ resources }), ["-o", `jsonpath=${template}`]);
  const said = [
    ...["dead: is failed: ended with 1", "going: is stopping", "ill: is not healthy: no answer"],
    ...["late: is waiting: waits for mount /var", "mute: is not healthy: its check says so"],
  ];
  assertEquals([code, out.trim().split("; ").sort()], [1, said]);
  const well = resources.filter(({ id }) => ["fine", "unchecked", "done"].includes(id));
  const told = await health(machine({ resources: well }), ["--no-headers"]);
  assertEquals(told.code, 0);
  assertMatch(told.out, /services +ok +3 services are as they should be\n$/);
});

Deno.test("health asks what a machine is that does not serve or boots", async () => {
  const cases = [
    [machine({ serving: Serving.NOT_SERVING }), "api: it does not serve yet, or no more"],
    [machine({ stage: Stage.BOOTING }), "machine: it is booting"],
    [machine({ stage: Stage.SHUTTING_DOWN, ready: false }), "machine: it is shutting down"],
  ] as const;
  const template = '{range .checks[?(@.status=="failed")]}{.name}: {.detail}{end}';
  for (const [fake, words] of cases) {
    const { code, out } = await health(fake, ["-o", `jsonpath=${template}`]);
    assertEquals([code, out], [1, `${words}\n`]);
  }
});

Deno.test("health is not content with a machine that does not tell, or not us", async () => {
  for (
    const [code, detail] of [[Code.Unimplemented, "the machine does not tell"], [
      Code.PermissionDenied,
      "we may not ask",
    ]] as const
  ) {
    const { code: exit, out } = await health(machine({ refusal: new ConnectError("no", code) }), [
      "-o",
      "json",
    ]);
    const { healthy, checks } = JSON.parse(out);
    assertEquals([exit, healthy, checks.length], [1, false, 9]);
    for (const check of checks) assertEquals([check.status, check.detail], ["unknown", detail]);
  }
});

Deno.test("health --wait-timeout waits until all is well, and says what it waits for", async () => {
  const fake = machine({ stage: Stage.BOOTING });
  const clock = new FakeClock();
  const run = health(fake, ["--wait-timeout", "1m", "--no-headers"], { clock });
  await waiting(clock, 500);
  await clock.advance(500);
  fake.stage = Stage.RUNNING;
  fake.ready = false;
  await waiting(clock, 500);
  await clock.advance(500);
  fake.ready = true;
  await waiting(clock, 500);
  await clock.advance(500);
  const { code, out, err } = await run;
  assertEquals(code, 0);
  assertMatch(out, /^machine +ok +running$/m);
  assertMatch(err, /^strata: waiting: machine: it is booting\n/);
});

Deno.test("health --wait-timeout ends with what was seen last when the time is over", async () => {
  const clock = new FakeClock();
  const run = health(machine({ ready: false }), ["--wait-timeout", "700ms"], { clock });
  await waiting(clock, 500);
  await clock.advance(500);
  await waiting(clock, 200);
  await clock.advance(200);
  assertEquals((await run).code, 1);
  const gone = machine({ refusal: new ConnectError("gone", Code.Unavailable) });
  const { code, err } = await health(gone, ["--wait-timeout", "0"]);
  assertEquals([code, err], [
    5,
    "strata: cannot reach the machine at http://127.0.0.1:50080 (found by STRATA_ENDPOINT): gone\n",
  ]);
});

/** Until somebody sleeps for so long: calls in flight have sleepers of their own. */
async function waiting(clock: FakeClock, ms: number): Promise<void> {
  for (let count = 1; !clock.pendingMs.includes(ms); count = clock.pendingMs.length + 1) {
    await clock.sleeping(Math.max(1, count));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
