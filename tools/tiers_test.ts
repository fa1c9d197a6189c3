// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { homeless, partsOf, tierNames, TIERS } from "./tiers.ts";

const PATHS = [
  "fs/mountinfo.ts",
  "fs/mountinfo_test.ts",
  "tests/conformance/kernel.ts",
  "tests/host/serve_test.ts",
  "tests/linux/mount_test.ts",
  "tests/judges/h2spec_test.ts",
  "tests/sim/graphs_test.ts",
  "tests/vm/boot_test.ts",
  "tests/wire/state_test.ts",
];

function filesOf(name: string): unknown {
  const tier = TIERS.find((one) => one.name === name);
  return tier && partsOf(tier, PATHS).map(({ files, permissions }) => [files, permissions]);
}

Deno.test("partsOf() gives tests beside their file no permission, and wire tests three", () => {
  assertEquals(filesOf("unit"), [
    [["fs/mountinfo_test.ts"], []],
    [["tests/wire/state_test.ts"], ["--allow-net", "--allow-read", "--allow-write"]],
  ]);
});

Deno.test("partsOf() gives each folder of tests to its tier", () => {
  assertEquals(filesOf("linux"), [[["tests/linux/mount_test.ts"], ["--allow-all"]]]);
  assertEquals(filesOf("host"), [[["tests/host/serve_test.ts"], [
    "--allow-run",
    "--allow-read",
    "--allow-write",
    "--allow-net",
    "--allow-env",
  ]]]);
  assertEquals(filesOf("judges"), [[["tests/judges/h2spec_test.ts"], ["--allow-all"]]]);
  assertEquals(filesOf("sim"), [[["tests/sim/graphs_test.ts"], []]]);
  assertEquals(filesOf("vm"), [[["tests/vm/boot_test.ts"], ["--allow-all"]]]);
});

Deno.test("homeless() finds a test file that no tier would run", () => {
  assertEquals(homeless(PATHS), []);
  assertEquals(homeless([...PATHS, "tests/odd/a_test.ts"]), ["tests/odd/a_test.ts"]);
});

Deno.test("tierNames() reads a list and names a tier that does not exist", () => {
  assertEquals(tierNames("unit, vm"), ["unit", "vm"]);
  assertEquals(tierNames(""), []);
  assertThrows(
    () => tierNames("unit,moon"),
    RangeError,
    'Cannot find test tier "moon": tiers are unit, sim, linux, host, judges, vm',
  );
});
