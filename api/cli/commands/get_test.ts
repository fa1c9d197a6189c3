// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  eventOf,
  FAKE_KNOWN_TYPES,
  type FakeMachine,
  fakeMachine,
} from "../../../tests/fakes/cli_machine.ts";
import { DEFINITIONS, mountOf, type ResourceInit } from "../../../tests/fakes/cli_resources.ts";
import { runFake, type RunResult } from "../../../tests/fakes/cli_world.ts";
import { EventType } from "../../../proto/gen/cosi/resource/state_pb.ts";
import process from "node:process";
import { parse } from "yaml";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

const ROOT = mountOf("/", { source: "/dev/loop0", options: ["ro", "nodev"] });
const VAR: ResourceInit = {
  ...mountOf("/var", { source: "/dev/vda1", options: ["rw"], mountId: 7 }),
  version: "3",
  owner: "fs.MountController",
  labels: { b: "1", a: "'quoted" },
  finalizers: ["x.YController"],
};
const FOREIGN: ResourceInit = {
  type: "Foreigns.example.dev",
  id: "it",
  proto: new Uint8Array([8, 10]),
  yaml: 'size: 9007199254740993 # exact\nnote: "a\\eb"\nlist:\n  - 1\n',
};
const RESOURCES = [...DEFINITIONS, ROOT, VAR, FOREIGN];

function get(
  args: readonly string[],
  machine?: FakeMachine,
  terminal?: number,
): Promise<RunResult> {
  return runFake(["get", ...args], {
    routes: fakeMachine({ resources: RESOURCES, ...machine }),
    knownTypes: FAKE_KNOWN_TYPES,
    ...(terminal === undefined
      ? {}
      : { terminal, env: { STRATA_ENDPOINT: "http://h:1", NO_COLOR: "1" } }),
  });
}

Deno.test("get prints a table with the type's columns", async () => {
  const { code, out } = await get(["Mounts"]);
  assertEquals(code, 0);
  assertEquals(
    out,
    `NAMESPACE   TYPE          ID     VERSION   SOURCE       OPTIONS
fs          MountStatus   /      1         /dev/loop0   ro nodev
fs          MountStatus   /var   3         /dev/vda1    rw
`,
  );
});

Deno.test("get finds a type by its full name in any case, and one resource by its id", async () => {
  const { code, out } = await get(["MOUNTSTATUSES.fs.strata", "/var", "--no-headers"]);
  assertEquals([code, out], [0, "fs   MountStatus   /var   3   /dev/vda1   rw\n"]);
});

Deno.test("get prints the heading alone where there is nothing", async () => {
  const { code, out } = await get(["mounts", "-n", "elsewhere"]);
  assertEquals([code, out], [0, "NAMESPACE   TYPE   ID   VERSION   SOURCE   OPTIONS\n"]);
});

Deno.test("get reads the columns of types it does not know from their YAML", async () => {
  const { out } = await get(["foreign", "--no-headers"]);
  assertEquals(out, "fs   Foreign   it   1   9007199254740993\n");
});

Deno.test("get cuts its table to the terminal", async () => {
  const { out } = await get(["mounts"], {}, 50);
  for (const line of out.trimEnd().split("\n")) assert(line.length <= 50, line);
  assertStringIncludes(out, "…");
});

Deno.test("get -o wide adds what all resources have", async () => {
  const { out } = await get(["mounts", "/var", "-o", "wide", "--no-headers"]);
  assertEquals(
    out,
    "fs   MountStatus   /var   3   /dev/vda1   rw   fs.MountController   running   " +
      "2026-01-02T03:04:05Z   2026-01-02T03:04:06Z   a='quoted,b=1   x.YController\n",
  );
});

Deno.test("get -o yaml prints metadata in the contract's order and the spec by its fields", async () => {
  const { code, out } = await get(["mounts", "/var", "-o", "yaml"]);
  assertEquals(code, 0);
  assertEquals(
    out,
    `metadata:
    namespace: fs
    type: MountStatuses.fs.strata
    id: /var
    version: 3
    owner: fs.MountController
    phase: running
    created: 2026-01-02T03:04:05Z
    updated: 2026-01-02T03:04:06Z
    labels:
        a: '''quoted'
        b: 1
    finalizers:
        - x.YController
spec:
    source: /dev/vda1
    target: /var
    fstype: ""
    root: ""
    options:
        - rw
    superOptions: []
    mountId: 7
    parentId: 0
    readOnly: false
    propagation: []
    sizeBytes: "0"
`,
  );
});

Deno.test("get -o yaml keeps the numbers of types it does not know and escapes what they hold", async () => {
  const { out } = await get(["foreign", "-o", "yaml"]);
  const spec = out.slice(out.indexOf("spec:"));
  assertEquals(
    spec,
    'spec:\n    size: 9007199254740993 # exact\n    note: "a\\eb"\n    list:\n        - 1\n',
  );
});

Deno.test("get -o yaml prints a list as documents", async () => {
  const { out } = await get(["mounts", "-o", "yaml"]);
  assertEquals(out.split("---\n").map((each) => parse(each).metadata.id), ["/", "/var"]);
  assertMatch(out, /\n {4}owner:\n/);
});

Deno.test("get -o yaml shows bytes where there is no readable content", async () => {
  for (const yaml of ["", "a: [", "a: 1\n---\nb: 2\n"]) {
    const { out } = await get(["foreign", "-o", "yaml"], {
      resources: [...DEFINITIONS, { ...FOREIGN, yaml }],
    });
    assertEquals(parse(out).spec, { yaml, proto: "CAo=" });
  }
});

Deno.test("get -o json prints one object for an id and an array for a list", async () => {
  const one = JSON.parse((await get(["mounts", "/", "-o", "json"])).out);
  assertEquals(one, {
    metadata: {
      namespace: "fs",
      type: "MountStatuses.fs.strata",
      id: "/",
      version: "1",
      phase: "running",
      owner: "",
      finalizers: [],
      labels: {},
      annotations: {},
      created: "2026-01-02T03:04:05.123Z",
      updated: "2026-01-02T03:04:06Z",
    },
    spec: {
      source: "/dev/loop0",
      target: "/",
      fstype: "",
      root: "",
      options: ["ro", "nodev"],
      superOptions: [],
      mountId: 0,
      parentId: 0,
      readOnly: false,
      propagation: [],
      sizeBytes: "0",
    },
  });
  const list = JSON.parse((await get(["mounts", "-o", "json"])).out);
  assertEquals([list.length, list[0]], [2, one]);
  assertEquals((await get(["other", "-o", "json"])).out, "[]\n");
});

Deno.test("get -o json gives types it does not know as text and bytes", async () => {
  const [{ spec }] = JSON.parse((await get(["foreign", "-o", "json"])).out);
  assertEquals(spec, { yaml: FOREIGN.yaml, proto: "CAo=" });
});

Deno.test("get -o name prints TYPE/ID", async () => {
  assertEquals(
    (await get(["mounts", "-o", "name"])).out,
    "MountStatuses.fs.strata//\nMountStatuses.fs.strata//var\n",
  );
});

Deno.test("get never sends control characters of a machine to the terminal", async () => {
  const bad = "a\x1b[2J\u009b\u202e\nb";
  const resources = [...DEFINITIONS, {
    ...mountOf(bad, { source: bad, options: [bad] }),
    owner: bad,
    labels: { [bad]: bad },
    finalizers: [bad],
  }, {
    ...FOREIGN,
    id: bad,
    yaml: `# ${"\u009b\u202e"}\n"k\\e": "\\x9b\\u202e"\nplain: x\u202ey\n`,
  }];
  for (const type of ["mounts", "foreign"]) {
    for (const format of ["table", "wide", "yaml", "json", "name"]) {
      const { code, out } = await get([type, "-o", format], { resources });
      assertEquals(code, 0);
      // deno-lint-ignore no-control-regex -- control characters are what is looked for
      assertEquals(out.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/g), null, `${format}: ${out}`);
      if (format === "json") assertEquals(JSON.parse(out)[0].metadata.id, bad);
      if (format === "yaml") assertEquals(parse(out).metadata.id, bad);
    }
  }
  const { out } = await get(["foreign", "-o", "yaml"], { resources });
  assertEquals(parse(out).spec, { "k\x1b": "\u009b\u202e", plain: "x\u202ey" });
});

Deno.test("get -l asks the machine for labels", async () => {
  const seen: unknown[] = [];
  await get(["mounts", "-l", "a=b,!c"], { seen: (_, request) => seen.push(request) });
  const { options } = seen[1] as {
    options: { labelQuery: { terms: { key: string; invert: boolean }[] }[] };
  };
  assertEquals(
    options.labelQuery.map(({ terms }) => terms.map(({ key, invert }) => [key, invert])),
    [[
      ["a", false],
      ["c", true],
    ]],
  );
});

/** A watch of two mounts, one change of each kind, and then silence until it is interrupted. */
function watched(interrupt: AbortController): FakeMachine {
  return {
    resources: RESOURCES,
    async *watch(_, signal) {
      yield { event: [eventOf(EventType.CREATED, ROOT)] };
      yield {
        event: [eventOf(EventType.BOOTSTRAPPED, { type: ROOT.type, id: "", version: "undefined" })],
      };
      yield { event: [eventOf(EventType.UPDATED, { ...ROOT, version: "2" }, ROOT)] };
      yield { event: [eventOf(EventType.CREATED, VAR), eventOf(EventType.DESTROYED, ROOT)] };
      const aborted = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => aborted.resolve());
      interrupt.abort();
      await aborted.promise;
    },
  };
}

async function watch(args: readonly string[]): Promise<RunResult> {
  const interrupt = new AbortController();
  return await runFake(["get", ...args, "-w"], {
    routes: fakeMachine(watched(interrupt)),
    knownTypes: FAKE_KNOWN_TYPES,
    signal: interrupt.signal,
  });
}

Deno.test("get -w prints what there is, then changes, until it is interrupted", async () => {
  const { code, out, err } = await watch(["mounts"]);
  assertEquals([code, err], [130, ""]);
  assertEquals(
    out,
    `*   NAMESPACE   TYPE          ID   VERSION   SOURCE       OPTIONS
+   fs          MountStatus   /    1         /dev/loop0   ro nodev
*   fs          MountStatus   /    2         /dev/loop0   ro nodev
+   fs          MountStatus   /var   3         /dev/vda1    rw
-   fs          MountStatus   /    1         /dev/loop0   ro nodev
`,
  );
});

Deno.test("get -w -o json prints one event a line", async () => {
  const events = (await watch(["mounts", "-o", "json"])).out.trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  assertEquals(events.map(({ event }) => event), [
    "created",
    "bootstrapped",
    "updated",
    "created",
    "destroyed",
  ]);
  assertEquals([events[2].resource.metadata.version, events[2].old.metadata.version], ["2", "1"]);
});

Deno.test("get -w -o yaml prints a document for each change", async () => {
  const documents = (await watch(["mounts", "-o", "yaml"])).out.split("---\n");
  assertEquals(documents.map((each) => each.split("\n")[0]), [
    "# event: created",
    "# event: updated",
    "# event: created",
    "# event: destroyed",
  ]);
});

Deno.test("get -w with an id shows at once that there is no such resource", async () => {
  const machine: FakeMachine = {
    async *watch({ id }) {
      const gone = { type: ROOT.type, id: id ?? "", version: "undefined" };
      yield await Promise.resolve({ event: [eventOf(EventType.DESTROYED, gone)] });
    },
  };
  const { code, out, err } = await get(["mounts", "/x", "-w", "--no-headers"], machine);
  assertEquals(out, "-   fs   MountStatus   /x   undefined\n");
  assertEquals([code, err], [5, "strata: the machine ended the watch\n"]);
});

Deno.test("get -w says why a watch is over", async () => {
  const machine: FakeMachine = {
    async *watch() {
      yield await Promise.resolve({
        event: [{ eventType: EventType.ERRORED, error: "buffer overrun" }],
      });
    },
  };
  const { code, err } = await get(["mounts", "-w"], machine);
  assertEquals([code, err], [1, "strata: the watch is over: buffer overrun\n"]);
});
