/** A workbench on the kernel this process runs on: a tmpfs, gone with all on it when disposed of. */
import { removeCgroup } from "../../fs/cgroup.ts";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import type { Workbench } from "../conformance/kernel_bench.ts";

const SCRIPTS = {
  talker: 'echo "$*"; echo err >&2; unset PWD OLDPWD SHLVL _; env; exit 7',
  killed: "kill -TERM $$",
  sleeper: "exec sleep infinity",
  chatty: "head -c 1000000 /dev/zero | tr '\\0' x",
} as const;

/** Opens a workbench. */
export function linuxBench(kernel: Kernel): Workbench {
  const base = Deno.makeTempDirSync({ prefix: "strata-kernel-" });
  kernel.mount({ source: "tmpfs", target: base, fstype: "tmpfs", flags: 0n, data: "size=64m" });
  const tool = (name: keyof typeof SCRIPTS): string => {
    const path = `${base}/tools/${name}`;
    kernel.mkdir(`${base}/tools`, 0o755);
    kernel.writeFile(path, `#!/bin/sh\n${SCRIPTS[name]}\n`, { mode: 0o755 });
    return path;
  };
  kernel.mkdir(`${base}/root`, 0o755);
  kernel.mount({
    source: "tmpfs",
    target: `${base}/root`,
    fstype: "tmpfs",
    flags: 0n,
    data: "size=64m",
  });
  kernel.mkdir(`${base}/cgroup`, 0o755);
  kernel.mount({
    source: "cgroup2",
    target: `${base}/cgroup`,
    fstype: "cgroup2",
    flags: 0n,
    // As a machine mounts it, and as it is on most: an option of all that is mounted of it.
    data: "nsdelegate",
  });
  const cgroup = `${base}/cgroup/strata-${crypto.randomUUID()}`;
  kernel.mkdir(cgroup, 0o755);
  return {
    kernel,
    root: `${base}/root`,
    cgroup,
    tools: {
      talker: tool("talker"),
      killed: tool("killed"),
      sleeper: tool("sleeper"),
      chatty: tool("chatty"),
    },
    makeFifo: (path) => run("mkfifo", path),
    setAttributes(path, attributes) {
      const lines = Object.entries(attributes).map(([name, data]) => `${name}=0x${data.toHex()}`);
      const dump = `${base}/attributes`;
      kernel.writeFile(dump, [`# file: ${path}`, ...lines, ""].join("\n"), { mode: 0o600 });
      run("setfattr", "--no-dereference", `--restore=${dump}`);
    },
    sayToKernel: (text) => Deno.writeTextFileSync("/dev/kmsg", `<14>${text}\n`, { create: false }),
    makeImage(path, files) {
      for (const [name, content] of Object.entries(files)) {
        const file = `${base}/image/${name}`;
        kernel.mkdir(file.slice(0, file.lastIndexOf("/")), 0o755);
        kernel.writeFile(file, content, { mode: 0o644 });
      }
      run("mksquashfs", `${base}/image`, path, "-quiet", "-no-progress");
      kernel.remove(`${base}/image`, { recursive: true });
    },
    [Symbol.dispose]: () => {
      removeCgroup(kernel, cgroup);
      kernel.unmount(base, { detach: true });
      Deno.removeSync(base);
    },
  };
}

/** Runs a program that must succeed. */
export function run(program: string, ...args: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args: [...args] }).outputSync();
  const text = new TextDecoder();
  if (!success) throw new Error(`Cannot run ${program}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}
