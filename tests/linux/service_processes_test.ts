/** What a process is when its first instruction runs, shown by programs of the host. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { removeCgroup } from "../../fs/cgroup.ts";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import type { ProcessRequest, RootPart } from "../../fs/kernel/process_calls.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import type { Workbench } from "../conformance/kernel_bench.ts";
import { assertRefused } from "../conformance/kernel_bench.ts";
import { outcome, plainRequest } from "../conformance/kernel_service_processes.ts";
import { plantLauncher } from "./launcher_file.ts";
import { linuxBench, run } from "./linux_bench.ts";
import { insideNamespaces } from "./namespaces.ts";

/** Source: linux/capability.h. */
const [CAP_CHOWN, CAP_NET_BIND_SERVICE] = [0, 10];
/** Where the programs of the host are, links among them. */
const PROGRAMS: readonly RootPart[] = ["/bin", "/lib", "/lib64", "/usr"].map((path) => ({
  kind: "bind",
  source: path,
  target: path,
  writable: false,
}));

/** Kernels that differ in what begins their processes. */
const test = insideNamespaces(import.meta.url, () => {
  const launcher = plantLauncher();
  const instead = (name: string, script: string): string => {
    const path = `${launcher}-${name}`;
    Deno.writeTextFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return path;
  };
  const open = (path: string): Kernel => openLinux({ bind: "at once", launcher: path });
  return {
    kernel: open(launcher),
    /** What it starts is given more than the agent gives. */
    untidy: open(instead(
      "untidy",
      `trap "" HUP PIPE TERM USR1; umask 0; exec 7</dev/zero; exec ${launcher} "$1"`,
    )),
    /** It looks for its script elsewhere. */
    lost: open(instead("lost", `exec ${launcher} /missing`)),
    none: open("/missing/launch"),
  };
});

/** What a shell script of a process prints. */
async function printed(
  bench: Pick<Workbench, "kernel" | "cgroup">,
  script: string,
  more: Partial<ProcessRequest> = {},
): Promise<string> {
  const command = ["/bin/sh", "-c", script];
  const { stdout, stderr, why } = await outcome(
    bench.kernel.startProcess(plainRequest(bench, command, more)),
  );
  return `${stdout}${stderr}${why ?? ""}`;
}

/** Lines of /proc/PID/status of the shell itself, by name. */
async function status(
  bench: Pick<Workbench, "kernel" | "cgroup">,
  more: Partial<ProcessRequest>,
): Promise<ReadonlyMap<string, string>> {
  const text = await printed(
    bench,
    'while read -r line; do echo "$line"; done </proc/$$/status',
    more,
  );
  return new Map(
    text.split("\n").map((line) => {
      const [name = "", ...words] = line.split(/[:\s]+/);
      return [name, words.join(" ").trim()] as const;
    }),
  );
}

test("startProcess() has the process in its group before its first instruction", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const group = bench.cgroup.slice(bench.cgroup.lastIndexOf("/"));
  // Made by nobody but the kernel, for the program that was executed.
  const script = "while read -r line; do last=$line; done </proc/self/cgroup; echo $last";
  assertEquals(await printed(bench, script, { capabilities: [CAP_CHOWN] }), `0::${group}\n`);
  // What has no capabilities sees no group but its own.
  assertEquals(await printed(bench, script), "0::/\n");
});

test("startProcess() holds root without capabilities in its group, and within its bounds", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const { cgroup } = bench;
  const other = `${cgroup}/../other-${crypto.randomUUID()}`;
  kernel.mkdir(other, 0o755);
  using _removed = { [Symbol.dispose]: () => removeCgroup(kernel, other) };
  kernel.mkdir(`${cgroup}/below`, 0o755);
  const tried = async (path: string, more: Partial<ProcessRequest> = {}): Promise<string> => {
    const text = await printed(bench, `echo 0 | tee ${path} 2>&1 >/dev/null`, more);
    return text.slice(text.lastIndexOf(": ") + 1).trim();
  };
  assertEquals(await tried(`${other}/cgroup.procs`), "No such file or directory");
  assertEquals(await tried(`${cgroup}/cgroup.max.depth`), "Operation not permitted");
  // Below its own it may do as it likes.
  assertEquals(await tried(`${cgroup}/below/cgroup.procs`), "");
  // What has capabilities is held by nothing.
  const more = { capabilities: [CAP_CHOWN] };
  assertEquals(await tried(`${other}/cgroup.procs`, more), "");
  assertEquals(await tried(`${cgroup}/cgroup.max.depth`, more), "");
});

test("startProcess() lets a user open its outputs by name", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const script = "echo out >/proc/self/fd/1; echo more >/dev/stdout; echo err >/dev/stderr";
  const request = plainRequest(bench, ["/bin/sh", "-c", script], { uid: 50, gid: 51 });
  const { stdout, stderr } = await outcome(kernel.startProcess(request));
  assertEquals([stdout, stderr], ["out\nmore\n", "err\n"]);
});

test("startProcess() gives user and groups, and takes every capability from a user", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const found = await status(bench, { uid: 50, gid: 51, groups: [7, 8] });
  assertEquals(found.get("Uid"), "50 50 50 50");
  assertEquals(found.get("Gid"), "51 51 51 51");
  assertEquals(found.get("Groups"), "7 8");
  for (const name of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
    assertEquals([name, found.get(name)], [name, "0".repeat(16)]);
  }
  assertEquals(found.get("NoNewPrivs"), "1");
});

test("startProcess() leaves a user the capabilities that are kept, and no more through execve", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const kept = { uid: 50, gid: 50, capabilities: [CAP_CHOWN, CAP_NET_BIND_SERVICE] };
  const found = await status(bench, kept);
  for (const name of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
    assertEquals([name, found.get(name)], [name, "0000000000000401"]);
  }
  kernel.writeFile(`${bench.root}/file`, "", { mode: 0o644 });
  kernel.chmod(bench.root, 0o755);
  assertEquals(await printed(bench, `chown 50:50 ${bench.root}/file`, kept), "");
  assertEquals(kernel.lstat(`${bench.root}/file`)?.uid, 50);
});

test("startProcess() gives root nothing unless it is kept, nor does any program that it executes", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const none = await status(bench, {});
  for (const name of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
    assertEquals([name, none.get(name)], [name, "0".repeat(16)]);
  }
  kernel.writeFile(`${bench.root}/file`, "", { mode: 0o644 });
  assertMatch(await printed(bench, `chown 50 ${bench.root}/file`), /not permitted/);
  assertMatch(await printed(bench, "setpriv --dump"), /Securebits: noroot,noroot_locked\n/);
  const some = await status(bench, { capabilities: [CAP_CHOWN] });
  assertEquals(some.get("CapInh"), "0".repeat(16));
  for (const name of ["CapPrm", "CapEff", "CapBnd"]) {
    assertEquals([name, some.get(name)], [name, "0000000000000001"]);
  }
});

test("startProcess() lets programs gain rights only where that is asked for, and only kept ones", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const tool = `${bench.root}/id`;
  run("cp", "/usr/bin/id", tool);
  kernel.chmod(tool, 0o4755);
  const command = [tool, "-u"];
  const as = async (mayGainPrivileges: boolean): Promise<string> => {
    const more = { uid: 50, gid: 50, mayGainPrivileges };
    return (await outcome(kernel.startProcess(plainRequest(bench, command, more)))).stdout;
  };
  assertEquals([await as(false), await as(true)], ["50\n", "0\n"]);
  const found = await status(bench, { uid: 50, mayGainPrivileges: true });
  assertEquals([found.get("NoNewPrivs"), found.get("CapBnd")], ["0", "0".repeat(16)]);
});

test("startProcess() sets limits, score, mask and working directory", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const more = { openFilesMax: 99, oomScoreAdjust: 321, directory: bench.root };
  const text = await printed(
    bench,
    "ulimit -n; ulimit -Hn; cat /proc/$$/oom_score_adj; umask; pwd -P",
    more,
  );
  assertEquals(text, `99\n99\n321\n0022\n${bench.root}\n`);
});

test("startProcess() leaves no signal held back or ignored, no other mask and no open file", async ({ untidy }) => {
  using bench = linuxBench(untidy);
  const found = await status(bench, {});
  assertEquals([found.get("SigBlk"), found.get("SigIgn")], ["0".repeat(16), "0".repeat(16)]);
  const text = await printed(bench, "umask; ls /proc/$$/fd; read -r line || echo no input");
  assertEquals(text, "0022\n0\n1\n2\nno input\n");
});

test("startProcess() has the process lead a session of its own", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const script = "read -r pid n s parent group session r </proc/$$/stat; echo $pid $group $session";
  const [pid, group, session] = (await printed(bench, script)).trim().split(" ");
  assertEquals([group, session], [pid, pid]);
  assertNotEquals(pid, "1");
});

test("startProcess() shows a process its own root and nothing else of the machine", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  kernel.writeFile(`${bench.root}/one`, "mine", { mode: 0o644 });
  const root: readonly RootPart[] = [
    ...PROGRAMS,
    { kind: "bind", source: `${bench.root}/one`, target: "/etc/one", writable: false },
    { kind: "tmpfs", target: "/run", sizeBytes: 65_536n },
    { kind: "proc", target: "/proc" },
    { kind: "link", target: "/var/run", source: "/run" },
  ];
  const more = { uid: 50, gid: 50, root };
  assertEquals(
    await printed(bench, "ls / /.. /etc; cat /etc/one; readlink /var/run", more),
    [
      "/:\nbin\netc\nlib\nlib64\nproc\nrun\nusr\nvar\n",
      "/..:\nbin\netc\nlib\nlib64\nproc\nrun\nusr\nvar\n",
      "/etc:\none",
      "mine/run\n",
    ].join("\n"),
  );
  const mounts = await printed(bench, "cat /proc/self/mountinfo", more);
  const flags = mounts.trim().split("\n").map((line) => line.split(" ").slice(4, 6));
  assertEquals(flags.map(([path, options]) => `${path} ${options?.split(",relatime")[0]}`).sort(), [
    "/ ro,nosuid,nodev,noexec",
    "/bin ro,nosuid,nodev",
    "/etc/one ro,nosuid,nodev",
    "/lib ro,nosuid,nodev",
    "/lib64 ro,nosuid,nodev",
    "/proc rw,nosuid,nodev,noexec",
    "/run rw,nosuid,nodev,noexec",
    "/usr ro,nosuid,nodev",
  ]);
  assertMatch(mounts, / \/run .* tmpfs rw,size=64k,uid=50,gid=50\n/);
  // Nothing of it is seen outside.
  assertEquals(kernel.readText("/proc/self/mountinfo").includes("/etc/one"), false);
});

test("startProcess() has a root that nobody can change, but for what is writable in it", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  kernel.mkdir(`${bench.root}/data`, 0o777);
  kernel.mkdir(`${bench.root}/seen`, 0o777);
  const root: readonly RootPart[] = [
    ...PROGRAMS,
    { kind: "bind", source: `${bench.root}/data`, target: "/data", writable: true },
    { kind: "bind", source: `${bench.root}/seen`, target: "/seen", writable: false },
    { kind: "tmpfs", target: "/run", sizeBytes: 65_536n },
  ];
  const all = Array.from({ length: 24 }, (_, number) => number);
  const script = "for each in /x /usr/x /seen/x /data/x /run/x; do echo x >$each; done";
  const refused = (path: string): string =>
    `/bin/sh: 1: cannot create ${path}: Read-only file system\n`;
  for (const more of [{ uid: 50 }, { capabilities: all }]) {
    const text = await printed(bench, script, { ...more, root });
    assertEquals(text, ["/x", "/usr/x", "/seen/x"].map(refused).join(""));
    kernel.remove(`${bench.root}/data/x`);
  }
  assertEquals(kernel.names(`${bench.root}/seen`), []);
});

test("startProcess() has devices work in an own root where they are bound themselves", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  // Away from the bench, whose file system has no devices.
  kernel.mkdir(`${bench.root}/nodes`, 0o755);
  run("mknod", "-m", "666", `${bench.root}/nodes/zero`, "c", "1", "5");
  const root: readonly RootPart[] = [
    ...PROGRAMS,
    { kind: "bind", source: "/dev/null", target: "/dev/null", writable: false },
    { kind: "bind", source: `${bench.root}/nodes`, target: "/nodes", writable: true },
    { kind: "bind", source: `${bench.root}/nodes/zero`, target: "/dev/zero", writable: false },
  ];
  const script = "echo x >/dev/null && head -c 2 /dev/zero | wc -c; head -c 1 /nodes/zero";
  const text = await printed(bench, script, { uid: 50, root });
  assertMatch(text, /^2\n.*\/nodes\/zero.*Permission denied\n$/);
});

test("startProcess() makes targets inside the new root whatever links are bound in it", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  kernel.mkdir(`${bench.root}/data`, 0o755);
  kernel.symlink(bench.root, `${bench.root}/data/out`);
  kernel.symlink("../..", `${bench.root}/data/up`);
  const root: readonly RootPart[] = [
    ...PROGRAMS,
    { kind: "bind", source: `${bench.root}/data`, target: "/data", writable: true },
    { kind: "tmpfs", target: "/data/up/made", sizeBytes: 4096n },
  ];
  assertEquals(await printed(bench, "ls -d /made", { root }), "/made\n");
  const away: RootPart = { kind: "tmpfs", target: "/data/out/made", sizeBytes: 4096n };
  assertMatch(await printed(bench, "", { root: [...root, away] }), /^Cannot mkdir ".*": E/);
  assertEquals(kernel.names(bench.root), ["data"]);
  assertEquals(kernel.lstat("/made"), undefined);
});

test("startProcess() shows in its own /proc the processes of its user alone", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const root: readonly RootPart[] = [...PROGRAMS, { kind: "proc", target: "/proc" }];
  const script = "for each in /proc/*; do echo ${each##*/}; done; echo $$";
  // The group of root is no exception.
  const names = (await printed(bench, script, { uid: 50, gid: 0, root })).trim().split("\n");
  const pid = names.pop();
  assertEquals(names, [`${pid}`, "self", "thread-self"]);
  assertNotEquals(pid, "1");
});

test("startProcess() keeps its script from every program but the agent", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const script = `for each in /proc/${Deno.pid}/fd/*; do readlink $each; done; echo $each`;
  assertMatch(await printed(bench, script), /^\/proc\/\d+\/fd\/\d+\n$/);
});

test("startProcess() names the step that a request refuses", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const { root: at } = bench;
  kernel.mkdir(`${at}/closed`, 0o700);
  kernel.writeFile(`${at}/text`, "text", { mode: 0o644 });
  kernel.mkdir(`${at}/directory`, 0o755);
  const bind = (source: string, target: string): RootPart => ({
    kind: "bind",
    source,
    target,
    writable: false,
  });
  const cases: readonly (readonly [Partial<ProcessRequest>, string])[] = [
    [{ command: [`${at}/text`] }, `Cannot execve "${at}/text": EACCES (13)`],
    [{ directory: `${at}/closed`, uid: 50 }, `Cannot chdir "${at}/closed": EACCES (13)`],
    [{ directory: `${at}/text` }, `Cannot chdir "${at}/text": ENOTDIR (20)`],
    [{ cgroup: at }, `Cannot open "${at}/cgroup.procs": ENOENT (2)`],
    [{ capabilities: [63], uid: 50 }, 'Cannot prctl "PR_CAP_AMBIENT_RAISE 63": EINVAL (22)'],
    [
      { root: [bind(`${at}/text`, "/a"), bind(`${at}/directory`, "/a")] },
      'Cannot move_mount "/a": EINVAL (22)',
    ],
    [
      { root: [bind(`${at}/text`, "/a/b/c"), bind(at, "/a/b/c/d")] },
      'Cannot mkdir "/a/b/c/d": ENOTDIR (20)',
    ],
    [{ root: [bind(at, "/a"), bind(at, "/a/new")] }, 'Cannot mkdir "/a/new": EROFS (30)'],
    [{ root: [] }, 'Cannot execve "/bin/sh": ENOENT (2)'],
  ];
  for (const [more, message] of cases) {
    const found = await printed(bench, "", more);
    assert(found.startsWith(message), `${found}: expected ${message}`);
  }
});

test("startProcess() refuses at once without the launcher", ({ none }) => {
  using bench = linuxBench(none);
  const error = assertRefused(
    () => none.startProcess(plainRequest(bench, ["/bin/true"])),
    "ENOENT",
  );
  assertEquals([error.call, error.subject], ["execve", "/missing/launch"]);
});

test("startProcess() says so where the launcher cannot get at its script", async ({ lost }) => {
  using bench = linuxBench(lost);
  const { code, why = "" } = await outcome(lost.startProcess(plainRequest(bench, ["/bin/true"])));
  assertEquals(code, 2);
  assertMatch(why, /^Cannot mmap ".*-lost": ENOENT \(2\)$/);
});

test("startProcess() loses no exit when 200 are started at once and the reaper runs beside", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  using _reaping = kernel.onChildExit(() => kernel.reapOrphans());
  const started = Array.from({ length: 200 }, (_, at) => {
    const script = at % 2 === 0 ? `exit ${at}` : "kill -KILL $$";
    const running = kernel.startProcess(plainRequest(bench, ["/bin/sh", "-c", script]));
    kernel.reapOrphans();
    return running;
  });
  const ends = await Promise.all(started.map(outcome));
  assertEquals(
    ends.map(({ code, signal, why }) => [code, signal, why]),
    started.map((_, at) => at % 2 === 0 ? [at, null, undefined] : [137, "SIGKILL", undefined]),
  );
});

test("startProcess() and fileChanged() leave no descriptor behind", async ({ kernel }) => {
  using bench = linuxBench(kernel);
  const open = (): number => kernel.names("/proc/self/fd").length;
  const round = async (): Promise<void> => {
    await printed(bench, "exit 3");
    await printed(bench, "", { directory: "/missing" });
    const stop = new AbortController();
    const waiting = kernel.fileChanged(`${bench.cgroup}/cgroup.events`, { signal: stop.signal });
    stop.abort();
    await waiting.catch(() => {});
  };
  await round();
  const before = open();
  for (let count = 0; count < 10; count++) await round();
  assertEquals(open(), before);
});
