// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { unmountAll, unmountInside } from "./ending.ts";
import { MS } from "./kernel/constants.ts";
import { readMounts, topMountAt } from "./mountinfo.ts";

function mountTmpfs(kernel: FakeKernel, target: string, flags = 0n): void {
  kernel.mkdir(target, 0o755);
  kernel.mount({ source: "tmpfs", target, fstype: "tmpfs", flags, data: "" });
}

Deno.test("unmountAll() unmounts the newest first and leaves the kernel's own file systems", () => {
  const kernel = new FakeKernel();
  const singletons = [["/proc", "proc"], ["/sys", "sysfs"], ["/dev", "devtmpfs"]] as const;
  for (const [target, fstype] of singletons) {
    kernel.mkdir(target, 0o755);
    kernel.mount({ source: fstype, target, fstype, flags: 0n, data: "" });
  }
  for (const target of ["/run", "/var", "/var/inner", "/var", "/dev/shm"]) {
    mountTmpfs(kernel, target);
  }
  assertEquals(unmountAll(kernel), []);
  assertEquals([...kernel.mountTargets()], ["/proc", "/sys", "/dev"]);
  assertEquals(kernel.unmounted, ["/dev/shm", "/var", "/var/inner", "/var", "/run"]);
});

Deno.test("unmountAll() comes back to what was busy because of what was moved into it", () => {
  const kernel = new FakeKernel();
  for (const target of ["/older", "/newer"]) mountTmpfs(kernel, target);
  kernel.mkdir("/newer/inner", 0o755);
  kernel.moveMount("/older", "/newer/inner");
  assertEquals(unmountAll(kernel), []);
  assertEquals(kernel.unmounted, ["/newer/inner", "/newer"]);
});

Deno.test("unmountAll() makes what stays busy read-only, keeps its other flags and tells of it", () => {
  const kernel = new FakeKernel();
  mountTmpfs(kernel, "/var", MS.NOSUID | MS.NODEV | MS.NOEXEC);
  mountTmpfs(kernel, "/run", MS.NOSUID);
  using _var = kernel.openInRoot("/", "/var");
  using _run = kernel.openInRoot("/", "/run");
  assertEquals(unmountAll(kernel), ["/run (read-only)", "/var (read-only)"]);
  const optionsAt = (target: string): readonly string[] | undefined =>
    topMountAt(readMounts(kernel), target)?.options.filter((option) => option !== "relatime");
  assertEquals(optionsAt("/var"), ["ro", "nosuid", "nodev", "noexec"]);
  assertEquals(optionsAt("/run"), ["ro", "nosuid"]);
  assertEquals(topMountAt(readMounts(kernel), "/var")?.superOptions[0], "ro");
});

Deno.test("unmountInside() unmounts what lies in layers, the newest first, but no layer and nothing beside them", () => {
  const kernel = new FakeKernel();
  const layers = ["/run", "/run/wished", "/opt"];
  const others = ["/run/c/root", "/run/c/root/proc", "/running", "/var", "/run/wished/deep"];
  for (const target of [...layers, ...others]) mountTmpfs(kernel, target);
  assertEquals(unmountInside(kernel, layers), 3);
  assertEquals(kernel.unmounted, ["/run/wished/deep", "/run/c/root/proc", "/run/c/root"]);
  for (const target of ["/run/busy", "/run/free"]) mountTmpfs(kernel, target);
  kernel.refuse("/run/busy", "EBUSY");
  assertEquals(unmountInside(kernel, layers), 1);
  assertEquals([...kernel.mountTargets()], [...layers, "/running", "/var", "/run/busy"]);
});

Deno.test("unmountAll() tells of what is busy and cannot be made read-only either", () => {
  const kernel = new FakeKernel();
  for (const target of ["/run", "/var"]) mountTmpfs(kernel, target);
  kernel.refuse("/var", "EBUSY");
  assertEquals(unmountAll(kernel), ["/var (busy)"]);
  assertEquals([...kernel.mountTargets()], ["/var"]);
});
