/** `strata boot`, over a boot of a few steps. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fakeMachine } from "../../../tests/fakes/cli_machine.ts";
import type { ResourceInit } from "../../../tests/fakes/cli_resources.ts";
import { runFake } from "../../../tests/fakes/cli_world.ts";
import {
  BootStepSpec_Outcome as Outcome,
  BootStepSpecSchema,
} from "../../../proto/gen/strata/runtime/v1/runtime_pb.ts";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";

function step(id: string, spec: MessageInitShape<typeof BootStepSpecSchema>): ResourceInit {
  return {
    namespace: "runtime",
    type: "BootSteps.runtime.strata",
    id,
    proto: toBinary(
      BootStepSpecSchema,
      create(BootStepSpecSchema, { outcome: Outcome.DONE, ...spec }),
    ),
  };
}

/** `beside` runs while `var` does, and nothing waits for it. */
const STEPS = [
  step("api", { order: 4, startedMs: 1700, durationMs: 100, detail: "0.0.0.0:50080" }),
  step("beside", { order: 3, startedMs: 700, durationMs: 20, outcome: Outcome.SKIPPED }),
  step("root", { order: 1, startedMs: 500, durationMs: 100.4 }),
  step("var", { order: 2, startedMs: 650, durationMs: 1000, detail: "<made> & mounted" }),
];

const routes = fakeMachine({ resources: STEPS });

Deno.test("boot blame names the longest steps first, and is the default", async () => {
  const { code, out } = await runFake(["boot", "blame"], { routes });
  assertEquals(code, 0);
  assertEquals(
    out,
    `TOOK       STARTED AT   STEP     OUTCOME   DETAIL
1.000 s    650.0 ms     var      done      <made> & mounted
100.4 ms   500.0 ms     root     done${" ".repeat(6)}
100.0 ms   1.700 s      api      done      0.0.0.0:50080
20.0 ms    700.0 ms     beside   skipped${" ".repeat(3)}
`.replace(/ +$/gm, ""),
  );
  assertEquals((await runFake(["boot"], { routes })).out, out);
});

Deno.test("boot chain leaves out what nothing waited for, and tells the gaps", async () => {
  const { out } = await runFake(["boot", "chain", "-o", "json"], { routes });
  assertEquals(JSON.parse(out), [
    { step: "root", startedMs: 500, durationMs: 100.4, gapMs: 500 },
    { step: "var", startedMs: 650, durationMs: 1000, gapMs: 49.6 },
    { step: "api", startedMs: 1700, durationMs: 100, gapMs: 50 },
  ]);
});

Deno.test("boot chain counts a start that was rounded down as after what it waited for", async () => {
  const touching = fakeMachine({
    resources: [
      step("a", { order: 1, startedMs: 10, durationMs: 5.6 }),
      step("b", { order: 2, startedMs: 15, durationMs: 5 }),
    ],
  });
  const { out } = await runFake(["boot", "chain", "-o", "json"], { routes: touching });
  const names = JSON.parse(out).map(({ step }: { step: string }) => step);
  assertEquals(names, ["a", "b"]);
});

Deno.test("boot plot draws the kernel, each step and the ready line, and escapes details", async () => {
  const { code, out } = await runFake(["boot", "plot"], { routes });
  assertEquals(code, 0);
  assert(out.startsWith("<svg "));
  assertEquals(out.match(/<rect class="(\w+)"/g)?.length, 5);
  assertStringIncludes(out, '<rect class="kernel" x="12" y="64" width="277.8"');
  assertStringIncludes(out, '<rect class="skipped"');
  assertStringIncludes(out, "&lt;made&gt; &amp; mounted");
  assertStringIncludes(out, "API ready: 1.800 s");
});

Deno.test("boot refuses a format that its view has not", async () => {
  const table = await runFake(["boot", "plot", "-o", "json"], { routes });
  assertEquals([table.code, table.err.split("\n")[0]], [
    2,
    "strata: boot plot is an SVG: -o may only be svg",
  ]);
  const picture = await runFake(["boot", "blame", "-o", "svg"], { routes });
  assertEquals(picture.code, 2);
  assertEquals((await runFake(["boot", "flame"], { routes })).code, 2);
});

Deno.test("boot says so where there was none", async () => {
  const { code, err } = await runFake(["boot"], { routes: fakeMachine({}) });
  assertEquals(code, 1);
  assertStringIncludes(err, "no boot steps");
});
