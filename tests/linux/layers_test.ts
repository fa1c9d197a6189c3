// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { LayersReport } from "./layers_root.ts";
import { runRootProgram } from "./small_root.ts";

Deno.test("the controllers of the layers converge: one mount of each, whatever is taken away", async () => {
  const report = await runRootProgram<LayersReport>("./layers_root.ts");
  const each = { "/etc/hosts": 1, "/etc/kubernetes": 1, "/opt": 1, "/run/cache": 1 };
  assertEquals(report.mounts, {
    began: each,
    unmounted: each,
    wiped: each,
    "ran again": each,
    "let go": each,
    released: { "/etc/hosts": 0, "/etc/kubernetes": 0, "/opt": 0, "/run/cache": 0 },
  });
  assertEquals(report.isSame, true);
  assertEquals(report.hosts, ["a", "a", "a", "a", "b", "image"]);
  assertEquals(report.kept, "kept");
  assertEquals(report.holders, ["true fd"]);
  assertMatch(report.inTheWay, /Cannot unmount "\/opt": used by \S+ \(PID\) by its fd \/opt/);
  assertMatch(report.released, /^0 files of \/etc, [1-3] mounts$/);
  assertEquals(report.cache.sizeBytes, String(1 << 20));
  assertEquals(report.cache.options.slice(0, 4), ["rw", "nosuid", "nodev", "noexec"]);
  assertEquals(report.uppers, {
    "/var/system": 0o700,
    "/var/system/overlays": 0o700,
    "/var/system/overlays/opt/upper": 0o755,
  });
  assertEquals(report.failures.length, 1);
  assertStringIncludes(report.failures[0] ?? "", 'Cannot keep "/missing": the image has no such');
});
