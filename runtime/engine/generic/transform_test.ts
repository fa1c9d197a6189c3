// @ts-types="../../../types/std_assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { becomes, house, INTS, item, STRS, until } from "../../../tests/fakes/engine_house.ts";
import { withMetadata } from "../../core/metadata.ts";
import { bootStep } from "../../resources/runtime.ts";
import { queueTransformController } from "./queue_transform.ts";
import { type Transform, transformController } from "./transform.ts";
import { understood } from "./typed_kind.ts";

const NAME = "test.T";
const EXTRAS = { namespace: "default", type: "test/extra" };

function transform(parts: Partial<Transform> = {}) {
  return transformController({
    name: NAME,
    input: INTS,
    output: STRS,
    map: ({ metadata }) => item(STRS, metadata.id, ""),
    transform: (int, str) => ({ ...str, spec: int.spec }),
    ...parts,
  });
}

Deno.test("transformController() reports every item that failed, after all were looked at", async () => {
  await using it = house();
  await it.engine.register(transform({
    transform(int, str) {
      if (int.metadata.id.startsWith("bad")) throw new Error(`${int.metadata.id} failed`);
      return { ...str, spec: int.spec };
    },
  }));
  for (const id of ["bad 1", "bad 2", "good"]) await it.state.create(item(INTS, id, "1"));
  it.start();
  await becomes(it.state, "good", "1");
  await it.clock.sleeping();
  const [line] = it.log.lines;
  assert(line?.facts["error"] instanceof AggregateError);
  assertEquals(it.engine.controllers()[0]?.lastError, "bad 1 failed; bad 2 failed");
});

Deno.test("transformController() refuses to write what it did not declare", async () => {
  await using it = house();
  await it.engine.register(transform({ map: ({ metadata }) => item(EXTRAS, metadata.id, "") }));
  await it.state.create(item(INTS, "a", "1"));
  it.start();
  await it.clock.sleeping();
  assertEquals(
    it.engine.controllers()[0]?.lastError,
    `controller "${NAME}" maps to "default"/"test/extra", may map to "default"/"test/str"`,
  );
});

Deno.test("transformController() looks at what the query names, and writes extra outputs", async () => {
  await using it = house();
  const odd = { key: "odd", operation: "exists", values: [], invert: false } as const;
  await it.engine.register(transform({
    query: { labels: [[odd]] },
    extraInputs: [{ ...EXTRAS, kind: "strong" }],
    extraOutputs: [{ type: EXTRAS.type, kind: "shared" }],
    async transform(int, str, context) {
      await context.modify(item(EXTRAS, int.metadata.id, ""), (current) => current);
      await context.addFinalizer({ ...EXTRAS, id: int.metadata.id }, NAME);
      return { ...str, spec: int.spec };
    },
  }));
  await it.state.create(item(INTS, "even", "2"));
  await it.state.create(item(INTS, "odd", "1", { odd: "" }));
  it.start();
  await becomes(it.state, "odd", "1");
  assertEquals((await it.state.list(STRS)).length, 1);
  assertEquals((await it.state.list(EXTRAS)).map(({ metadata }) => metadata.id), ["odd"]);
});

Deno.test("transformController() within one kind has one input of it", async () => {
  await using it = house();
  await it.engine.register(transform({
    output: INTS,
    map: ({ metadata: { id } }) => id.startsWith("of ") ? undefined : item(INTS, `of ${id}`, ""),
  }));
  await it.state.create(item(INTS, "a", "1"));
  it.start();
  await until(it.engine, ([status]) => (status?.wakeups ?? 0) > 1);
  assertEquals((await it.state.list(INTS)).map(({ metadata }) => metadata.id), ["a", "of a"]);
  await it.state.destroy({ ...INTS, id: "a" });
  await it.clock.advance(0);
  assertEquals(await it.state.list(INTS), []);
  const one = { name: NAME, input: INTS, output: INTS, map: () => undefined };
  assertThrows(
    () => queueTransformController({ ...one, unmap: () => undefined, transform: (_, it) => it }),
    Error,
    `Cannot make controller "${NAME}": input and output are the same kind`,
  );
});

Deno.test("understood() takes a definition's word for the content", () => {
  const known = bootStep.newResource("a", {});
  assertEquals(understood(bootStep, known).spec.detail, "");
  const opaque = withMetadata(item({ namespace: "runtime", type: bootStep.type }, "a", ""), {});
  assertThrows(
    () => understood(bootStep, opaque),
    Error,
    `type mismatch: expected ${bootStep.type}, got ${bootStep.type}(runtime/a@undefined)`,
  );
  assertThrows(
    () => understood(INTS, item(STRS, "a", "")),
    Error,
    "type mismatch: expected test/int",
  );
});
