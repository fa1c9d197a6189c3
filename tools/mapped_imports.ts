/** Every package of import_map.json earns its place: something shipped imports it. */
import { readText, typescriptFiles } from "./checkout.ts";

/** Packages that serve tests or the build, and the folder of type declarations. */
const NOT_SHIPPED: readonly string[] = [
  "@seriousme/openapi-schema-validator",
  "@std/assert",
  "ajv-formats",
  "ajv/dist/2020",
  "fast-check",
  "types/",
  "xxhash-wasm",
];

const IMPORT_REGEXP = /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g;

/**
 * The packages among `mapped` that no text of `shipped` imports.
 *
 * An entry below a package (`hono/cors`) counts for the package it belongs to.
 */
export function packagesWithoutImport(
  mapped: readonly string[],
  shipped: readonly string[],
): string[] {
  const imported = new Set(
    shipped.flatMap((text) => [...text.matchAll(IMPORT_REGEXP)].map((match) => match[1] ?? "")),
  );
  const packages = new Set(
    mapped.filter((name) => !NOT_SHIPPED.includes(name)).map(packageOf),
  );
  const used = new Set([...imported].map(packageOf));
  return [...packages].filter((name) => !used.has(name)).sort();
}

/** `@std/path/posix` → `@std/path`, `hono/cors` → `hono`. */
function packageOf(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The mapped packages of this checkout that nothing shipped imports. */
export function unusedPackages(): string[] {
  const { imports }: { imports: Record<string, string> } = JSON.parse(
    readText("import_map.json") ?? '{"imports":{}}',
  );
  const shipped = typescriptFiles().filter((path) =>
    !path.endsWith("_test.ts") && !/^(tests|tools|build|types)\//.test(path) && path !== "build.ts"
  );
  return packagesWithoutImport(Object.keys(imports), shipped.map((path) => readText(path) ?? ""));
}
