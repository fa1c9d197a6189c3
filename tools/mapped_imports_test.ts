// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { packagesWithoutImport } from "./mapped_imports.ts";

Deno.test("packagesWithoutImport() names a mapped package that nothing imports", () => {
  const shipped = ['import { Hono } from "hono";\nimport type { A } from "./yaml.ts";'];
  assertEquals(packagesWithoutImport(["hono", "yaml"], shipped), ["yaml"]);
});

Deno.test("packagesWithoutImport() counts an entry below a package for the package", () => {
  const mapped = ["@std/path/posix", "@bufbuild/protobuf", "@bufbuild/protobuf/wkt"];
  const shipped = [
    'export { join } from "@std/path/posix";\nconst a = await import("@bufbuild/protobuf/wkt");',
  ];
  assertEquals(packagesWithoutImport(mapped, shipped), []);
  assertEquals(packagesWithoutImport(mapped, ['import "@std/streams";']), [
    "@bufbuild/protobuf",
    "@std/path",
  ]);
});

Deno.test("packagesWithoutImport() asks no shipped import of what serves tests", () => {
  assertEquals(packagesWithoutImport(["@std/assert", "fast-check", "types/"], []), []);
});
