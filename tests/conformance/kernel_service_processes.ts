/** Part of the kernel's suite: processes that are kept, and their groups. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { cgroupEmpty, killCgroup, makeCgroup, removeCgroup } from "../../fs/cgroup.ts";
import type { ERRNO } from "../../fs/kernel/errno.ts";
import type { ProcessRequest, RunningProcess } from "../../fs/kernel/process_calls.ts";
import { SyscallError } from "../../fs/kernel/syscall_error.ts";
import { assertRefused, type Claim, type Workbench } from "./kernel_bench.ts";

/** Source: asm/signal.h. */
const [SIGKILL, SIGTERM] = [9, 15];

/** Of a program that may do nothing. */
export function plainRequest(
  bench: Pick<Workbench, "cgroup">,
  command: readonly string[],
  more: Partial<ProcessRequest> = {},
): ProcessRequest {
  return {
    command,
    environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
    directory: "/",
    uid: 0,
    gid: 0,
    groups: [],
    capabilities: [],
    mayGainPrivileges: false,
    cgroup: bench.cgroup,
    openFilesMax: 256,
    oomScoreAdjust: 0,
    ...more,
  };
}

/** Everything that a process writes until its outputs are closed, and how it ended. */
export async function outcome(
  running: RunningProcess,
): Promise<{ stdout: string; stderr: string; code: number; signal: string | null; why?: string }> {
  const [stdout, stderr, { code, signal, refused }] = await Promise.all([
    textOf(running.stdout),
    textOf(running.stderr),
    running.ended,
  ]);
  return {
    stdout,
    stderr,
    code,
    signal,
    ...(refused === undefined ? {} : { why: refused.message }),
  };
}

async function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return (await Array.fromAsync(stream.pipeThrough(new TextDecoderStream()))).join("");
}

/** The suite's part. */
export function serviceProcessConformance(claim: Claim): void {
  startConformance(claim);
  refusalConformance(claim);
  groupConformance(claim);
  boundConformance(claim);
}

function startConformance(claim: Claim): void {
  claim(
    "startProcess() gives outputs, exit code and the environment it was given",
    async (bench) => {
      const { kernel, tools } = bench;
      const running = kernel.startProcess(plainRequest(bench, [tools.talker, "two words", "*"]));
      assertEquals(await outcome(running), {
        stdout: "two words *\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n",
        stderr: "err\n",
        code: 7,
        signal: null,
      });
    },
  );

  claim("startProcess() tells the signal that ended the process", async (bench) => {
    const running = bench.kernel.startProcess(plainRequest(bench, [bench.tools.killed]));
    const { code, signal, why } = await outcome(running);
    assertEquals([code, signal, why], [143, "SIGTERM", undefined]);
  });

  claim("signalProcess() reaches a process until its end is known", async (bench) => {
    const { kernel, tools } = bench;
    for (const [signal, name] of [[SIGTERM, "SIGTERM"], [SIGKILL, "SIGKILL"]] as const) {
      const running = kernel.startProcess(plainRequest(bench, [tools.sleeper]));
      kernel.signalProcess(running.pid, 0);
      kernel.signalProcess(running.pid, signal);
      assertEquals((await outcome(running)).signal, name);
      const error = assertRefused(() => kernel.signalProcess(running.pid, 0), "ESRCH");
      assertEquals(error.message, `Cannot kill "${running.pid}": ESRCH (3)`);
    }
    assertRefused(() => kernel.signalProcess(4_000_000, SIGTERM), "ESRCH");
  });

  claim("signalProcess() refuses a number that is no signal", async (bench) => {
    const { kernel, tools } = bench;
    const running = kernel.startProcess(plainRequest(bench, [tools.sleeper]));
    assertRefused(() => kernel.signalProcess(running.pid, 65), "EINVAL");
    kernel.signalProcess(running.pid, SIGKILL);
    await outcome(running);
  });
}

function refusalConformance(claim: Claim): void {
  const refuses = (
    what: string,
    make: (bench: Workbench) => Partial<ProcessRequest>,
    expected: { call: string; code: keyof typeof ERRNO; subject: (bench: Workbench) => string },
  ): void =>
    claim(`startProcess() names the step that ${what} refuses`, async (bench) => {
      const request = plainRequest(bench, [bench.tools.talker], make(bench));
      const running = bench.kernel.startProcess(request);
      const { refused } = await running.ended;
      const { stdout, stderr } = await outcome(running);
      assertEquals([stdout, stderr], ["", ""]);
      assertEquals(refused instanceof SyscallError, true);
      const { call, code, subject } = refused ?? {};
      const { subject: about, ...same } = expected;
      assertEquals({ call, code, subject }, { ...same, subject: about(bench) });
    });

  refuses("a missing program", () => ({ command: ["/missing/program"] }), {
    call: "execve",
    code: "ENOENT",
    subject: () => "/missing/program",
  });
  refuses("a missing group", ({ cgroup }) => ({ cgroup: `${cgroup}/none` }), {
    call: "open",
    code: "ENOENT",
    subject: ({ cgroup }) => `${cgroup}/none/cgroup.procs`,
  });
  refuses("a missing directory", ({ root }) => ({ directory: `${root}/none` }), {
    call: "chdir",
    code: "ENOENT",
    subject: ({ root }) => `${root}/none`,
  });
  refuses("a missing source", ({ root }) => ({
    root: [{ kind: "bind", source: `${root}/none`, target: "/a", writable: false }],
  }), { call: "open_tree", code: "ENOENT", subject: ({ root }) => `${root}/none` });

  claim("startProcess() refuses at once what no call would take", (bench) => {
    const { kernel } = bench;
    const link = (target: string): Partial<ProcessRequest> => ({
      root: [{ kind: "link", target, source: "/" }],
    });
    const cases: readonly (readonly [Partial<ProcessRequest>, string])[] = [
      [{ command: [] }, "no command"],
      [{ command: ["/a", "b\0"] }, "NUL"],
      [{ environment: [`A=${"x".repeat(128 * 1024)}`] }, "131072 at most"],
      [{ uid: -1 }, "user or group -1: 0 to 4294967294"],
      [{ groups: [2 ** 32] }, "user or group 4294967296"],
      [{ capabilities: [64] }, "capability 64: 0 to 63"],
      [{ openFilesMax: 0.5 }, "open files 0.5"],
      [{ oomScoreAdjust: -1001 }, "OOM score"],
      ...["a", "/", "/a/../b", "/a//b", "/a/"].map((target) =>
        [link(target), `"${target}"`] as const
      ),
    ];
    for (const [more, text] of cases) {
      const request = plainRequest(bench, ["/a"], more);
      assertThrows(() => kernel.startProcess(request), RangeError, text);
    }
  });
}

function groupConformance(claim: Claim): void {
  claim("startProcess() has the process in its group until it ended", async (bench) => {
    const { kernel, tools } = bench;
    const path = `${bench.cgroup}/one`;
    makeCgroup(kernel, path, {});
    const running = kernel.startProcess(plainRequest(bench, [tools.talker], { cgroup: path }));
    await outcome(running);
    await cgroupEmpty(kernel, path);
    assertEquals(kernel.readText(`${path}/cgroup.procs`), "");
    removeCgroup(kernel, path);
    assertEquals(kernel.lstat(path), undefined);
  });

  claim(
    "killCgroup() ends all that is in a group and below it, and waits for that",
    async (bench) => {
      const { kernel, tools } = bench;
      const path = `${bench.cgroup}/all`;
      makeCgroup(kernel, path, {});
      makeCgroup(kernel, `${path}/below`, {});
      const started = [path, path, `${path}/below`].map((cgroup) =>
        kernel.startProcess(plainRequest(bench, [tools.sleeper], { cgroup }))
      );
      // They are in it before their program is executed, not when they were started.
      for (const each of started) await entered(bench, each);
      await killCgroup(kernel, path);
      for (const each of [path, `${path}/below`]) {
        assertEquals(kernel.readText(`${each}/cgroup.procs`), "");
      }
      const ends = await Promise.all(started.map(outcome));
      assertEquals(ends.map(({ signal }) => signal), ["SIGKILL", "SIGKILL", "SIGKILL"]);
      removeCgroup(kernel, path);
      assertEquals(kernel.lstat(path), undefined);
    },
  );

  claim("removeCgroup() refuses a group with a process in it", async (bench) => {
    const { kernel, tools } = bench;
    const running = kernel.startProcess(plainRequest(bench, [tools.sleeper]));
    await entered(bench, running);
    assertRefused(() => removeCgroup(kernel, bench.cgroup), "EBUSY");
    kernel.signalProcess(running.pid, SIGKILL);
    await outcome(running);
    await cgroupEmpty(kernel, bench.cgroup);
  });

  claim(
    "killCgroup(), cgroupEmpty() and removeCgroup() are fine where there is no group",
    async (bench) => {
      const path = `${bench.cgroup}/none`;
      await killCgroup(bench.kernel, path);
      await cgroupEmpty(bench.kernel, path);
      removeCgroup(bench.kernel, path);
    },
  );

  claim("cgroupEmpty() rejects with the signal's reason", async (bench) => {
    const { kernel, tools } = bench;
    const running = kernel.startProcess(plainRequest(bench, [tools.sleeper]));
    await entered(bench, running);
    const stop = new AbortController();
    const waiting = cgroupEmpty(kernel, bench.cgroup, { signal: stop.signal });
    stop.abort(new RangeError("enough"));
    assertEquals(await waiting.catch(String), "RangeError: enough");
    await killCgroup(kernel, bench.cgroup);
    await outcome(running);
  });
}

function boundConformance(claim: Claim): void {
  claim(
    "limitCgroup() bounds processors by as little as a thousandth, and not by less than the kernel takes",
    ({ kernel, cgroup }) => {
      // Not every machine lends it out.
      if (!kernel.readText(`${cgroup}/cgroup.controllers`).trim().split(" ").includes("cpu")) {
        return;
      }
      const write = (path: string, text: string): void =>
        kernel.writeFile(path, text, { mode: 0o644, direct: true });
      write(`${cgroup}/cgroup.subtree_control`, "+cpu");
      const path = `${cgroup}/slow`;
      for (
        const [cpuMaxThousandths, text] of [
          [1, "1000 1000000"],
          [9, "9000 1000000"],
          [10, "1000 100000"],
          [1_500, "150000 100000"],
        ] as const
      ) {
        makeCgroup(kernel, path, { cpuMaxThousandths });
        assertEquals(kernel.readText(`${path}/cpu.max`).trim(), text);
      }
      for (const text of ["999 100000", "1000 999", "1000 1000001"]) {
        assertRefused(() => write(`${path}/cpu.max`, text), "EINVAL");
      }
      assertEquals(kernel.readText(`${path}/cpu.max`).trim(), "150000 100000");
      removeCgroup(kernel, path);
    },
  );
}

/** Waits until a process is in a group of the bench. */
async function entered({ kernel, cgroup }: Workbench, { pid }: RunningProcess): Promise<void> {
  const isIn = (path: string): boolean =>
    kernel.readText(`${path}/cgroup.procs`).split("\n").includes(`${pid}`) ||
    kernel.names(path).some((name) =>
      kernel.lstat(`${path}/${name}`)?.type === "directory" && isIn(`${path}/${name}`)
    );
  while (!isIn(cgroup)) await new Promise((resolve) => setTimeout(resolve, 0));
}
