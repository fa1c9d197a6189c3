// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { specOf } from "../../../tests/fakes/services.ts";
import type { SpecInit } from "../../core/spec_init.ts";
import { RootPartKind, type serviceSpec } from "../../resources/service.ts";
import { hostPort } from "./health_plan.ts";
import { servicePlan } from "./service_plan.ts";

/** A number that no enumeration of the contract has. */
const UNKNOWN: number = 9;

type Init = SpecInit<typeof serviceSpec>;

function problemOf(init: Init, id = "a"): string {
  return servicePlan(id, specOf(init)).problem ?? "";
}

Deno.test("servicePlan() fills in what a spec leaves out", () => {
  const { plan } = servicePlan("a", specOf({ health: { tcp: "[::1]:80" } }));
  assertEquals(plan?.request.directory, "/");
  assertEquals(plan?.request.openFilesMax, 1_048_576);
  assertEquals(plan?.request.root, undefined);
  assertEquals(plan?.restart, "always");
  assertEquals(plan?.stopSignal, { name: "SIGTERM", number: 15 });
  assertEquals(plan?.stopTimeoutMs, 10_000);
  assertEquals(plan?.limits, {
    memoryMax: 0n,
    memoryMin: 0n,
    processesMax: 4096,
    cpuWeight: 100,
    cpuMax: 0,
  });
  assertEquals(plan?.health, {
    question: { kind: "tcp", hostname: "::1", port: 80 },
    initialDelayMs: 1_000,
    periodMs: 5_000,
    timeoutMs: 500,
    restartAfter: 0,
  });
});

Deno.test("servicePlan() knows capabilities by name, and all of them by ALL", () => {
  const capabilities = ["CAP_NET_ADMIN", "CAP_CHOWN", "CAP_NET_ADMIN"];
  assertEquals(servicePlan("a", specOf({ capabilities })).plan?.request.capabilities, [0, 12]);
  const { plan } = servicePlan("a", specOf({ capabilities: ["ALL"] }));
  assertEquals(plan?.request.capabilities.length, 41);
});

Deno.test("servicePlan() tells starts apart by what the program is started with, and by nothing else", () => {
  const key = (init: Init) => servicePlan("a", specOf(init)).plan?.launchKey;
  const size = { kind: RootPartKind.TMPFS, target: "/tmp", size: 4096n };
  assertEquals(key({ operable: true, limits: { memoryMax: 9n }, restart: 3 }), key({}));
  for (
    const other of [
      { command: ["/bin/service", "-v"] },
      { environment: ["A=b"] },
      { uid: 5 },
      { limits: { oomScoreAdjust: 3 } },
      { root: { parts: [size] } },
      { root: { parts: [] } },
    ]
  ) assertEquals(key(other) === key({}), false, key(other));
});

Deno.test("servicePlan() makes parts of a root what a process is given", () => {
  const { plan } = servicePlan(
    "a",
    specOf({
      root: {
        parts: [
          { source: "/usr", target: "/usr" },
          { kind: RootPartKind.TMPFS, target: "/tmp" },
          { kind: RootPartKind.PROC, target: "/proc" },
          { kind: RootPartKind.LINK, target: "/lib", source: "usr/lib" },
        ],
      },
    }),
  );
  assertEquals(plan?.request.root, [
    { kind: "bind", source: "/usr", target: "/usr", writable: false },
    { kind: "tmpfs", target: "/tmp", sizeBytes: 1_048_576n },
    { kind: "proc", target: "/proc" },
    { kind: "link", target: "/lib", source: "usr/lib" },
  ]);
});

Deno.test("servicePlan() refuses what is beyond its bounds, by name and with what may be", () => {
  const cases: readonly (readonly [Init, string])[] = [
    [{ command: [] }, "command is empty, it may be a program by its absolute path"],
    [{ command: ["/bin/../a"] }, 'command is "/bin/../a", it may be an absolute path'],
    [{ command: ["/bin/a", "\0"] }, "command holds a NUL"],
    [{ command: ["/a", "x".repeat(98_305)] }, "together have 98308 bytes, it may be at most 98304"],
    [{ workingDirectory: "here" }, 'working_directory is "here"'],
    [{ environment: ["=x"] }, 'environment has "=x", it may be `NAME=VALUE`'],
    [{ uid: 0xffff_ffff }, "uid is 4294967295, it may be 0 to 4294967294"],
    [{ gid: 0xffff_ffff }, "gid is 4294967295"],
    [{ groups: [0xffff_ffff] }, "groups is 4294967295"],
    [{ groups: Array(65).fill(1) }, "groups has 65 entries, it may be at most 64 of them"],
    [{ limits: { cpuWeight: 10_001 } }, "limits.cpu_weight is 10001, it may be 0 to 10000"],
    [{ limits: { oomScoreAdjust: -1001 } }, "limits.oom_score_adjust is -1001"],
    [{ limits: { openFilesMax: 1_048_577 } }, "limits.open_files_max is 1048577"],
    [{ limits: { memoryMax: 5n, memoryMin: 6n } }, "limits.memory_min is 6, it may be 0 to 5"],
    [{ restart: UNKNOWN }, "restart is 9, it may be ALWAYS, ON_FAILURE or NEVER"],
    [{ dependencies: { services: ["a b"] } }, 'dependencies.services has "a b"'],
    [{ dependencies: { files: ["x"] } }, 'dependencies.files is "x"'],
    [{ dependencies: { mounts: ["/x/"] } }, 'dependencies.mounts is "/x/"'],
    [{ health: {} }, "health asks by nothing, it may be one of grpc, http, tcp and command"],
    [{ health: { tcp: "here" } }, 'health.tcp is "here", it may be `HOST:PORT`'],
    [{ health: { grpc: "unix:x" } }, 'health.grpc is "x", it may be an absolute path'],
    [{ health: { http: "ftp://x" } }, 'health.http is "ftp://x"'],
    [{ health: { command: ["x"] } }, 'health.command is "x"'],
    [{ health: { tcp: "a:1", timeoutMs: 60_001 } }, "health.timeout_ms is 60001"],
    [{ stopSignal: "SIGNAL" }, 'stop_signal is "SIGNAL", it may be one of SIGHUP'],
    [{ root: { parts: [{ target: "/" }] } }, 'root.parts[0].target is "/"'],
    [{ root: { parts: [{ target: "/a" }] } }, 'root.parts[0].source is ""'],
    [
      { root: { parts: [{ kind: UNKNOWN, source: "/a", target: "/a" }] } },
      "root.parts[0].kind is 9",
    ],
    [
      { root: { parts: [{ kind: 3, target: "/p" }, { kind: 3, target: "/p" }] } },
      'root has "/p" twice',
    ],
    [{ root: { parts: [{ kind: 2, target: "/t", size: 1n << 40n }] } }, "root.parts[0].size is"],
  ];
  for (const [init, wanted] of cases) assertStringIncludes(problemOf(init), wanted);
});

Deno.test("servicePlan() refuses names that would be other places", () => {
  for (const id of ["..", ".a", "a/b", "", "a".repeat(65), "ü"]) {
    assertStringIncludes(problemOf({}, id), "the name is");
  }
  for (const id of ["a", "a.b-c_D9", "-", "a".repeat(64)]) assertEquals(problemOf({}, id), "");
});

Deno.test("hostPort() reads names, addresses, and refuses the rest", () => {
  assertEquals(hostPort("localhost:80"), { hostname: "localhost", port: 80 });
  assertEquals(hostPort("[fe80::1]:65535"), { hostname: "fe80::1", port: 65535 });
  for (const text of ["a", ":1", "a:0", "a:65536", "a:b", "::1:80", "http://a:80", "a b:1"]) {
    assertEquals(hostPort(text), undefined, text);
  }
});
