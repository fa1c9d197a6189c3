// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import house from "./plugin.ts";

/** What the plugin says of `source` at `place`: the rule and its words, one a line. */
function said(place: string, source: string): string[] {
  return Deno.lint.runPlugin(house, place, source).map(({ id, message }) => `${id}: ${message}`);
}

/** The names of the rules that refuse `source` at `place`. */
function refusals(place: string, source: string): string[] {
  return Deno.lint.runPlugin(house, place, source).map(({ id }) => id.replace("house/", ""));
}

Deno.test("layers names the wrong arrow and what may be imported instead", () => {
  assertEquals(said("runtime/state/memory.ts", 'import { a } from "../engine/queue.ts";'), [
    'house/layers: "runtime/state" may not import "runtime/engine", it may import runtime/core',
  ]);
  assertEquals(said("fs/kernel/linux.ts", 'import { a } from "../overlay.ts";'), [
    'house/layers: "fs/kernel" may not import "fs", it may import nothing of ours',
  ]);
});

Deno.test("layers sees every way to name a module", () => {
  for (
    const source of [
      'import "../../api/server.ts";',
      'import type { A } from "../../api/server.ts";',
      'export * from "../../api/server.ts";',
      'export { a } from "../../api/server.ts";',
      'await import("../../api/server.ts");',
      'type A = import("../../api/server.ts").A;',
    ]
  ) assertEquals(refusals("runtime/core/state.ts", source), ["layers"], source);
});

Deno.test("layers lets each folder have what the map gives it", () => {
  const allowed: readonly (readonly [string, string])[] = [
    ["fs/overlay.ts", "./kernel/kernel.ts"],
    ["fs/disk/partition.ts", "../kernel/kernel.ts"],
    ["runtime/resources/mounts.ts", "../../proto/gen/strata/fs/v1/fs_pb.ts"],
    ["runtime/controllers/fs/mounts.ts", "../../../fs/mountinfo.ts"],
    ["runtime/controllers/fs/mounts.ts", "../../resources/mounts.ts"],
    ["api/cli/get.ts", "../../runtime/core/resource.ts"],
    ["main.ts", "./fs/kernel/linux.ts"],
    ["build.ts", "./build/image.ts"],
  ];
  for (const [place, to] of allowed) {
    assertEquals(said(place, `import { a } from ${JSON.stringify(to)};`), []);
  }
});

Deno.test("layers keeps api and fs apart, and tests, tools and build out of what ships", () => {
  const refused: readonly (readonly [string, string])[] = [
    ["api/machine_service.ts", "../fs/mountinfo.ts"],
    ["fs/mountinfo.ts", "../api/server.ts"],
    ["runtime/core/state.ts", "../../tests/fakes/clock.ts"],
    ["main.ts", "./tools/gen.ts"],
    ["main.ts", "./build/image.ts"],
    ["main.ts", "./build.ts"],
    ["build.ts", "./main.ts"],
    ["api/server.ts", "../main.ts"],
    ["tools/test.ts", "../tests/vm/machine.ts"],
  ];
  for (const [place, to] of refused) {
    assertEquals(refusals(place, `import { a } from ${JSON.stringify(to)};`), ["layers"], place);
  }
});

Deno.test("layers gives runtime/controllers the kernel's types and not its values", () => {
  const place = "runtime/controllers/fs/mounts.ts";
  const from = '"../../../fs/kernel/kernel.ts"';
  assertEquals(said(place, `import type { Kernel } from ${from};`), []);
  assertEquals(said(place, `import { type Kernel } from ${from};`), []);
  assertEquals(said(place, `import { type Kernel, openLinux } from ${from};`), [
    'house/layers: "runtime/controllers" takes only types from "fs/kernel"',
  ]);
});

Deno.test("layers keeps each package at home", () => {
  const at = (place: string, name: string): string[] => refusals(place, `import "${name}";`);
  assertEquals(at("api/http/app.ts", "hono"), []);
  assertEquals(at("runtime/core/opaque.ts", "@bufbuild/protobuf/wkt"), []);
  assertEquals(at("fs/mountinfo.ts", "@std/path/posix"), []);
  assertEquals(at("runtime/engine/queue.ts", "hono/sse"), ["layers"]);
  assertEquals(at("runtime/engine/queue.ts", "@bufbuild/protobuf"), ["layers"]);
  assertEquals(at("fs/kernel/linux.ts", "@std/path/posix"), ["layers"]);
  assertEquals(at("main.ts", "@std/assert"), ["layers"]);
  assertEquals(at("api/server.ts", "node:tls"), []);
  assertEquals(said("api/server.ts", 'import "left-pad";'), [
    'house/layers: "left-pad" has no home in the house: name one in house_map.ts',
  ]);
});

Deno.test("layers refuses an import from a folder the map does not know", () => {
  assertEquals(said("lib/strings.ts", 'import { a } from "./other.ts";'), [
    'house/layers: "lib/strings.ts" is in no folder of the house: name it in house_map.ts',
  ]);
});

Deno.test("layers and ports let tests do as they need", () => {
  const source = 'import "hono"; import "../../api/a.ts"; setTimeout(() => {}, Date.now());';
  assertEquals(said("runtime/core/state_test.ts", source), []);
  assertEquals(said("tests/wire/state_test.ts", source), []);
});

Deno.test("kernel-edge keeps Deno.dlopen and Deno.Unsafe* in fs/kernel", () => {
  for (
    const source of [
      'Deno.dlopen("libc.so.6", {});',
      'Deno["dlopen"]("libc.so.6", {});',
      "Deno.UnsafePointer.of(bytes);",
      "const { dlopen } = Deno;",
      "let view: Deno.UnsafePointerView;",
    ]
  ) {
    assertEquals(refusals("fs/overlay.ts", source), ["kernel-edge"], source);
    assertEquals(refusals("fs/kernel/libc.ts", source), [], source);
  }
});

Deno.test("kernel-edge refuses AbortSignal.any(), which may never abort", () => {
  assertEquals(refusals("api/server.ts", "AbortSignal.any([]);"), ["kernel-edge"]);
  assertEquals(refusals("api/server.ts", "AbortSignal.abort();"), []);
});

Deno.test("kernel-edge keeps node:http2 out and Deno.exit where a process may end", () => {
  assertEquals(refusals("api/server.ts", 'import "node:http2";'), ["kernel-edge"]);
  assertEquals(refusals("api/server.ts", 'await import("node:http2");'), ["kernel-edge"]);
  assertEquals(said("api/cli/get.ts", "Deno.exit(1);"), [
    "house/kernel-edge: Deno.exit belongs in main.ts, build.ts, tools: return or throw here",
  ]);
  assertEquals(refusals("main.ts", "Deno.exit(1);"), []);
  assertEquals(refusals("tools/test.ts", "Deno.exit(1);"), []);
});

Deno.test("ports refuses clock, chance, timers and the machine in the pure folders", () => {
  for (
    const source of [
      "Date.now();",
      "Date();",
      "new Date();",
      "new globalThis.Date();",
      "globalThis.Date.now();",
      "performance.now();",
      "Math.random();",
      "setTimeout(() => {}, 1);",
      "globalThis.setTimeout(() => {}, 1);",
      "setInterval(() => {}, 1);",
      "const later = setTimeout;",
      "run(setTimeout);",
      "const { now } = Date;",
      'Math["random"]();',
      "crypto.getRandomValues(bytes);",
      "crypto.randomUUID();",
      "AbortSignal.timeout(1);",
      "Temporal.Now.instant();",
      "Deno.cwd();",
      "const { cwd } = Deno;",
    ]
  ) {
    assertEquals(refusals("runtime/engine/queue.ts", source), ["ports"], source);
    assertEquals(refusals("api/queue.ts", source), [], source);
  }
});

Deno.test("ports lets what depends on its arguments alone pass", () => {
  const source = "new Date(0); Date.UTC(1970, 0); Math.max(1, 2);" +
    "const now = clock.now(); clock.setTimeout(1); options.Deno;";
  assertEquals(said("runtime/core/resource.ts", source), []);
});

Deno.test("ports refuses module-level state in the pure folders", () => {
  for (
    const source of [
      "let count = 0;",
      "export let count = 0;",
      "var count = 0;",
      "const seen = new Map();",
      "const seen = new WeakMap<object, string>();",
      "export const seen = new Set<string>();",
      "const queue: string[] = [];",
      "const cache = {};",
    ]
  ) {
    assertEquals(refusals("runtime/state/memory.ts", source), ["ports"], source);
    assertEquals(refusals("runtime/resources/mounts.ts", source), [], source);
  }
});

Deno.test("ports lets constants pass", () => {
  const source = "const WORDS = ['a'] as const; const NAMES: readonly string[] = ['a'];" +
    "const CODES: ReadonlyMap<string, number> = new Map(); const LIMIT_MAX = 4;" +
    "const TABLE = { a: 1 } as const; function f() { let inner = 0; return inner; }";
  assertEquals(said("runtime/state/memory.ts", source), []);
});

Deno.test("exported-return-type asks exported functions and open methods for a return type", () => {
  const at = (source: string): string[] => said("api/a.ts", source);
  assertEquals(at("export function f() {}"), [
    "house/exported-return-type: f() is exported: write its return type",
  ]);
  assertEquals(at("export const f = () => 1;"), [
    "house/exported-return-type: f() is exported: write its return type",
  ]);
  assertEquals(at("export class A { get() {} #own() {} constructor() {} set x(v: number) {} }"), [
    "house/exported-return-type: A.get() is exported: write its return type",
  ]);
  assertEquals(at("export default function () {}").length, 1);
});

Deno.test("exported-return-type leaves typed, private and inner functions alone", () => {
  const source =
    "export function f(): void {} function g() {} export const h: () => void = () => {};" +
    "export class A { get(): void {} private own() {} } export const k = 1;";
  assertEquals(said("api/a.ts", source), []);
});

Deno.test("function-length counts the lines of a function and names the bound", () => {
  const of = (lines: number): string => `function f() {\n${"1;\n".repeat(lines - 2)}}`;
  assertEquals(said("fs/a.ts", of(60)), []);
  const [found] = said("fs/a.ts", of(61));
  assertStringIncludes(found ?? "", "house/function-length: A function of 61 lines, at most 60");
  assertEquals(said("fs/a_test.ts", of(200)), []);
  assertEquals(refusals("fs/a.ts", `const f = ${of(61)};`), ["function-length"]);
});
