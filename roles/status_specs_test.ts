// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { VolumeStatusSpec_Phase as Phase } from "../proto/gen/strata/fs/v1/fs_pb.ts";
import { MachineStatusSpec_PreviousEnd as End } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import { previousEndOf, volumeSource } from "./status_specs.ts";

for (
  const [phase, expected, fstype] of [
    ["ready", Phase.READY, "xfs"],
    ["missing", Phase.MISSING, ""],
    ["failed", Phase.FAILED, ""],
  ] as const
) {
  Deno.test(`volumeSource() says of a ${phase} volume what is known of it`, () => {
    const refused = [{ disk: "/dev/vdb", reason: "has data" }];
    const repairs = [{ reason: "EUCLEAN", logDiscarded: true, outcome: "repaired" }];
    const where = { disk: "/dev/vda", device: "/dev/vda1", sizeBytes: 7n, formattedNow: true };
    const facts = { ...where, repairs, grownFromBytes: 6n, warning: "w" };
    const source = volumeSource({ ...facts, phase, error: "e", refused });
    assertEquals([...source.read()], [["var", {
      ...facts,
      phase: expected,
      fstype,
      target: "/var",
      error: "e",
      refused,
    }]]);
  });
}

Deno.test("previousEndOf() has a word for each end", () => {
  const ends = ["unknown", "restart", "power-off", "watchdog", "unordered"] as const;
  assertEquals(ends.map(previousEndOf), [
    End.UNSPECIFIED,
    End.REBOOT,
    End.POWER_OFF,
    End.WATCHDOG,
    End.UNORDERED,
  ]);
});
