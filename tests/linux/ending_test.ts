// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { unmountAll } from "../../fs/ending.ts";
import { MS } from "../../fs/kernel/constants.ts";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { mountLines } from "../conformance/kernel_bench.ts";
import { linuxBench } from "./linux_bench.ts";
import { insideNamespaces } from "./namespaces.ts";

const test = insideNamespaces(import.meta.url, () => openLinux({ bind: "at once" }));

/** Sees nothing mounted but what is below `root`: the machine's own mounts must stay. */
function below(kernel: Kernel, root: string): Kernel {
  const readText: Kernel["readText"] = (path, options) => {
    if (path !== "/proc/self/mountinfo") return kernel.readText(path, options);
    const lines = kernel.readText(path, options).split("\n");
    return lines.filter((line) => line.split(" ")[4]?.startsWith(`${root}/`)).join("\n");
  };
  return { ...kernel, readText };
}

test("unmountAll() leaves a busy mount read-only with all its other flags", (kernel) => {
  using bench = linuxBench(kernel);
  const [free, busy] = [`${bench.root}/free`, `${bench.root}/busy`];
  const flags = MS.NOSUID | MS.NODEV | MS.NOEXEC;
  for (const target of [free, busy]) {
    kernel.mkdir(target, 0o755);
    kernel.mount({ source: "tmpfs", target, fstype: "tmpfs", flags, data: "size=1m" });
  }
  kernel.writeFile(`${busy}/kept`, "kept", { mode: 0o644 });
  const before = mountLines(kernel, busy)[0] ?? "";
  assertMatch(before, / rw,nosuid,nodev,noexec,relatime .*- tmpfs tmpfs rw,size=1024k/);
  using _open = kernel.openInRoot(busy, "/kept");
  const [left = "", ...more] = unmountAll(below(kernel, bench.root));
  const holder = `deno (${Deno.pid}) by its fd ${busy}/kept`;
  assertEquals([left, ...more], [`${busy} (read-only, held by ${holder})`]);
  assertEquals(mountLines(kernel, free), []);
  assertEquals(mountLines(kernel, busy), [before.replaceAll(" rw,", " ro,")]);
});
