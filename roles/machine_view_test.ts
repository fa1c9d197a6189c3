// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { MachineStatusSpec_Stage as Stage } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import { FakeLog } from "../tests/fakes/log.ts";
import { MachineView } from "./machine_view.ts";
import { Timeline } from "./timeline.ts";

function bench(): { readonly timeline: Timeline; readonly view: MachineView } {
  const timeline = new Timeline(() => 0, new FakeLog());
  return { timeline, view: new MachineView(timeline, { hostname: "box" }) };
}

function fail(): never {
  throw new Error("no disk");
}

Deno.test("MachineView.health() is ready only when running with no failed step", async () => {
  const { timeline, view } = bench();
  const booting = "the machine is in stage booting, not running";
  assertEquals(view.health(), { ready: false, unmet: [booting] });
  await timeline.attempt("var", fail);
  assertEquals(view.health(), { ready: false, unmet: [booting, "var: no disk"] });
  view.set({ stage: Stage.RUNNING });
  assertEquals(view.health(), { ready: false, unmet: ["var: no disk"] });
  await timeline.attempt("var", () => {});
  assertEquals(view.health(), { ready: true, unmet: [] });
  view.set({ stage: Stage.SHUTTING_DOWN });
  assertEquals(view.health().unmet, ["the machine is in stage shutting_down, not running"]);
});

Deno.test("MachineView.read() shows what was set, with health in it", () => {
  const { view } = bench();
  view.set({ watchdog: "/dev/watchdog" });
  view.set({ stage: Stage.RUNNING });
  assertEquals([...view.read()], [["machine", {
    stage: Stage.RUNNING,
    hostname: "box",
    watchdog: "/dev/watchdog",
    ready: true,
    unmetConditions: [],
  }]]);
});

Deno.test("MachineView.follow() tells of fields and of steps, until its signal aborts", async () => {
  const { timeline, view } = bench();
  let heard = 0;
  const stop = new AbortController();
  view.follow(() => heard++, stop.signal);
  view.set({ watchdog: "x" });
  assertEquals(heard, 1);
  await timeline.attempt("var", fail);
  assertEquals(heard, 3);
  stop.abort();
  view.set({ watchdog: "y" });
  await timeline.attempt("var", fail);
  assertEquals(heard, 3);
});
