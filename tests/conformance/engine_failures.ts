/** Conformance: controllers that fail, and that nobody else notices it. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Controller } from "../../runtime/engine/controller.ts";
import { controller, INTS, intToStr, STRS } from "../fakes/engine_house.ts";
import { engineCase, type EngineSubject } from "./engine_fixtures.ts";

/** How often each failing controller fails. */
const FAILURES = 5;

export function engineFailureCases(subject: EngineSubject): void {
  const failing: readonly (readonly [string, () => Promise<void>])[] = [
    ["TestFailingController: is run again", () => Promise.reject(new Error("no"))],
    ["TestPanickingController: is run again", () => {
      throw new TypeError("before there is a promise");
    }],
  ];
  for (const [sentence, fail] of failing) {
    engineCase(subject, sentence, async (world) => {
      const failed = failingController(fail);
      await world.engine.register(failed.controller);
      await world.engine.register(intToStr());
      world.start();
      await world.put(INTS, "a", "1");
      await world.becomes(STRS, "a", "<1>");
      await world.until(() => failed.count() > FAILURES);
      const [status] = world.engine.controllers();
      // Its object is the same all the time, and counts on.
      assertEquals([status?.runs, status?.crashes, status?.phase], [
        FAILURES + 1,
        FAILURES,
        "running",
      ]);
    });
  }

  engineCase(subject, "a controller that never settles holds up nobody", async (world) => {
    let stuck = false;
    await world.engine.register(controller("test.StuckController", {
      inputs: [{ ...INTS, kind: "weak" }],
      async turn(context) {
        stuck = true;
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      },
    }));
    await world.engine.register(intToStr());
    world.start();
    await world.until(() => stuck);
    for (const id of ["a", "b", "c"]) {
      await world.put(INTS, id, "1");
      await world.becomes(STRS, id, "<1>");
    }
    assert(world.engine.controllers()[0]?.phase === "running");
  });
}

function failingController(
  fail: () => Promise<void>,
): { readonly controller: Controller; readonly count: () => number } {
  let runs = 0;
  return {
    count: () => runs,
    controller: controller("test.FailingController", {
      async run(context) {
        if (++runs <= FAILURES) return await fail();
        for await (const _ of context.reconciles());
      },
    }),
  };
}
