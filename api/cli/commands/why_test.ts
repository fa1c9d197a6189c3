// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { HOSTILE, WALK } from "../../../tests/fakes/cli_graph.ts";
import { type FakeMachine, fakeMachine } from "../../../tests/fakes/cli_machine.ts";
import { DEFINITIONS } from "../../../tests/fakes/cli_resources.ts";
import { runFake, type RunResult } from "../../../tests/fakes/cli_world.ts";
import {
  WhyResponse_End,
  WhyResponseSchema,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { create, fromJson } from "@bufbuild/protobuf";
import process from "node:process";
import { parse } from "yaml";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

function why(args: readonly string[], machine?: FakeMachine): Promise<RunResult> {
  return runFake(["why", ...args], {
    routes: fakeMachine({ resources: DEFINITIONS, why: () => WALK, ...machine }),
  });
}

Deno.test("why prints a step a line, from the newest write to where it began", async () => {
  const { code, out, err } = await why(["mounts", "/var"]);
  assertEquals([code, err], [0, ""]);
  assertEquals(
    out,
    `2026-01-02T03:04:07Z  fs.MountStatusController  updated MountStatus /var, version 3, tearing down
2026-01-02T03:04:05Z  os:admin                  created Foreign it in other, version 1 (request call-7)
Here it began: no event led to this write.
`,
  );
});

Deno.test("why says how the walk ended", async () => {
  const cases = [
    [WhyResponse_End.ORIGIN, "Here it began: no event led to this write.\n"],
    [WhyResponse_End.FORGOTTEN, "What came before is no longer in the machine's log.\n"],
    [WhyResponse_End.BOUND, "There is more: the machine walks no further at once.\n"],
    [WhyResponse_End.UNSPECIFIED, "How the walk ended is not known.\n"],
  ] as const;
  for (const [end, words] of cases) {
    const { out } = await why(["ms", "x"], { why: () => create(WhyResponseSchema, { end }) });
    assertEquals(out, words);
  }
});

Deno.test("why asks by the type's full name and its own namespace unless one is given", async () => {
  const cases = [
    [["MS", "/var"], ["fs", "MountStatuses.fs.strata", "/var"]],
    [["foreigns.EXAMPLE.dev", "a b", "-n", "other"], ["other", "Foreigns.example.dev", "a b"]],
  ] as const;
  for (const [args, wanted] of cases) {
    let asked: readonly string[] = [];
    await why(args, {
      why: ({ namespace, type, id }) => {
        asked = [namespace, type, id];
        return WALK;
      },
    });
    assertEquals(asked, [...wanted]);
  }
});

Deno.test("why ends with 3 for a resource nothing is known of, and for a type that is not there", async () => {
  const unknown = await why(["mounts", "/x"], { why: () => undefined });
  assertEquals([unknown.code, unknown.out], [3, ""]);
  assertEquals(
    unknown.err,
    'strata: no resource "/x" of type MountStatuses.fs.strata in namespace "fs", and no write of it is known\n',
  );
  const type = await why(["muonts", "/x"]);
  assertEquals([type.code, type.err], [
    3,
    'strata: no resource type "muonts": did you mean mounts?\n',
  ]);
});

Deno.test("why needs a type and an id, and a form it has", async () => {
  for (const args of [[], ["mounts"], ["mounts", "/var", "-o", "dot"]]) {
    assertEquals((await why(args)).code, 2, args.join(" "));
  }
});

Deno.test("why tells of writers and resources that say little, and of names that hold anything", async () => {
  const walk = create(WhyResponseSchema, {
    steps: [{ version: "1" }, {
      write: { namespace: HOSTILE, type: HOSTILE, id: HOSTILE },
      actor: HOSTILE,
      request: HOSTILE,
      version: "2",
      time: { seconds: 1n << 60n, nanos: 0 },
    }],
    end: WhyResponse_End.FORGOTTEN,
  });
  const { code, out } = await why(["mounts", "/var"], { why: () => walk });
  assertEquals([code, out.split("\n").length], [0, 4]);
  // deno-lint-ignore no-control-regex -- control characters are what may not be there
  assertEquals(/[\x00-\x09\x0b-\x1f\u202e]/.exec(out), null);
});

Deno.test("why -o json and -o yaml give the same walk", async () => {
  const json = await why(["mounts", "/var", "-o", "json"]);
  const value = JSON.parse(json.out);
  assertEquals(fromJson(WhyResponseSchema, value), WALK);
  const yaml = await why(["mounts", "/var", "-o", "yaml"]);
  assertEquals(parse(yaml.out), value);
});
