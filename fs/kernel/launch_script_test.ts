// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { ProcessRequest } from "./process_calls.ts";
import { launchScript } from "./launch_script.ts";

const REQUEST: ProcessRequest = {
  command: ["/bin/program", "argument"],
  environment: ["A=1"],
  directory: "/work",
  uid: 50,
  gid: 51,
  groups: [7],
  capabilities: [10],
  mayGainPrivileges: false,
  cgroup: "/groups/one",
  openFilesMax: 64,
  oomScoreAdjust: -5,
};

/** Calls and subjects, but for those that come in dozens. */
function names(more: Partial<ProcessRequest>): readonly string[] {
  return launchScript({ ...REQUEST, ...more }, (path) => path === "/file" ? "file" : "directory")
    .map(({ call, subject }) => `${call} ${subject}`)
    .filter((name) => !/^rt_sigaction|CAPBSET_DROP/.test(name));
}

Deno.test("launchScript() enters the group first and gives up rights last", () => {
  assertEquals(names({}), [
    "close_range 3",
    "open /groups/one/cgroup.procs",
    "write /groups/one/cgroup.procs",
    "close /groups/one/cgroup.procs",
    "rt_sigprocmask SIG_SETMASK",
    "open /proc/self/oom_score_adj",
    "write /proc/self/oom_score_adj",
    "close /proc/self/oom_score_adj",
    "umask 22",
    "prlimit64 RLIMIT_NOFILE 64",
    "fchown 1",
    "fchown 2",
    "prctl PR_SET_KEEPCAPS",
    "setgroups 7",
    "setresgid 51",
    "setresuid 50",
    "capset 10",
    "prctl PR_CAP_AMBIENT_RAISE 10",
    "prctl PR_SET_NO_NEW_PRIVS",
    "chdir /work",
    "execve /bin/program",
  ]);
});

Deno.test("launchScript() holds in its group what has no capabilities, as soon as it is there", () => {
  for (const more of [{ uid: 0 }, { uid: 50 }, { root: [] }]) {
    const steps = names({ ...more, capabilities: [] });
    const at = steps.indexOf("close /groups/one/cgroup.procs");
    assertEquals(steps[at + 1], "unshare CLONE_NEWCGROUP");
    assert(!names(more).includes("unshare CLONE_NEWCGROUP"));
  }
});

Deno.test("launchScript() gives the outputs to the user", () => {
  const steps = launchScript(REQUEST, () => "directory").filter(({ call }) => call === "fchown");
  assertEquals(steps.map((step) => step.arguments), [[1, 50, 51], [2, 50, 51]]);
});

Deno.test("launchScript() opens what is bound before it leaves the old root, and makes targets after that", () => {
  const steps = names({
    root: [
      { kind: "link", target: "/l", source: "/a" },
      { kind: "bind", source: "/file", target: "/a/b/file", writable: false },
      { kind: "proc", target: "/proc" },
      { kind: "bind", source: "/directory", target: "/d", writable: true },
    ],
  });
  const from = steps.indexOf("unshare CLONE_NEWNS");
  assertEquals(steps.slice(from, steps.indexOf("prlimit64 RLIMIT_NOFILE 64")), [
    "unshare CLONE_NEWNS",
    "mount /",
    "open_tree /file",
    "mount_setattr /file",
    "open_tree /directory",
    "mount_setattr /directory",
    "mount /tmp",
    "chdir /tmp",
    "pivot_root /tmp",
    "umount2 /tmp",
    "chdir /",
    "symlink /l",
    "mkdir /a",
    "mkdir /a/b",
    "mknod /a/b/file",
    "move_mount /a/b/file",
    "mkdir /proc",
    "mount /proc",
    "mkdir /d",
    "move_mount /d",
    "mount_setattr /",
  ]);
});

Deno.test("launchScript() drops from the bounding set each capability that is not kept", () => {
  const dropped = launchScript({ ...REQUEST, capabilities: [3, 10, 3] }, () => "directory")
    .filter(({ subject }) => subject.startsWith("PR_CAPBSET_DROP"));
  assertEquals(dropped.length, 62);
  assertEquals(dropped.filter(({ arguments: [, number] }) => number === 3 || number === 10), []);
  // Unknown to the kernel is fine; not permitted is not.
  assert(dropped.every(({ tolerated }) => tolerated === "EINVAL"));
});

Deno.test("launchScript() makes root no different from others where it keeps nothing", () => {
  const bits = "prctl PR_SET_SECUREBITS";
  assert(names({ uid: 0, capabilities: [] }).includes(bits));
  assert(!names({ uid: 0, capabilities: [1] }).includes(bits));
  assert(!names({ uid: 0, capabilities: [1] }).includes("prctl PR_CAP_AMBIENT_RAISE 1"));
  assert(!names({ mayGainPrivileges: true }).includes("prctl PR_SET_NO_NEW_PRIVS"));
});
