import { engineConformance } from "../../tests/conformance/engine.ts";
import { ALL_KINDS, EngineWorld } from "../../tests/conformance/engine_fixtures.ts";
import { stateConformance } from "../../tests/conformance/state.ts";

engineConformance({ name: "createEngine()", options: {} });
engineConformance({ name: "createEngine(cached)", options: { cachedKinds: ALL_KINDS } });
engineConformance({
  name: "createEngine(10 writes a second)",
  options: { rateLimit: { perSecond: 10, burst: 20 } },
});

// What is not cached passes through as it is.
stateConformance("TestRuntimeCachedState Engine.cachedState() of uncached kinds", () => {
  const cachedKinds = [{ namespace: "elsewhere", type: "test/str" }];
  const history = { initial: 8, maximum: 1024, gap: 2 };
  const world = new EngineWorld({ name: "", options: { cachedKinds } }, { history });
  world.start();
  return Promise.resolve({
    state: world.engine.cachedState(),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  });
});
