/** The house as data: which folder may import which, and where each outside package lives. */
import { isIn } from "./source_place.ts";

/** One folder (or file at the top) and what it may import of ours besides itself. */
interface Room {
  readonly at: string;
  readonly imports: readonly string[];
  /** What it may take types from, and nothing that runs. */
  readonly typesOf?: readonly string[];
}

const RUNTIME = ["runtime/core", "runtime/state", "runtime/engine", "runtime/resources"];
const SHIPPED = [
  "fs/kernel",
  "fs",
  ...RUNTIME,
  "runtime/system",
  "runtime/controllers",
  "api",
  "proto/gen",
];

/** The longest `at` that holds a file is its room; a file in no room is refused. */
// deno-fmt-ignore: one room, one row
const ROOMS: readonly Room[] = [
  { at: "fs/kernel",           imports: [] },
  { at: "fs",                  imports: ["fs/kernel"] },
  { at: "runtime/core",        imports: [] },
  { at: "runtime/state",       imports: ["runtime/core"] },
  { at: "runtime/engine",      imports: ["runtime/core"] },
  { at: "runtime/sim",         imports: ["runtime/core", "runtime/state", "runtime/engine"] },
  // The ports on the system itself: clock, chance, log.
  { at: "runtime/system",      imports: ["runtime/core"] },
  { at: "runtime/resources",   imports: ["runtime/core", "proto/gen"] },
  { at: "runtime/controllers", imports: [...RUNTIME, "fs"], typesOf: ["fs/kernel", "proto/gen"] },
  { at: "api",                 imports: ["runtime/core", "runtime/resources", "proto/gen"] },
  { at: "proto/gen",           imports: [] },
  { at: "types",               imports: [] },
  { at: "roles",               imports: [...SHIPPED, "deno.json"] },
  { at: "main.ts",             imports: [...SHIPPED, "roles", "deno.json"] },
  // Developers' programs: they stand outside and look in.
  { at: "build",               imports: [...SHIPPED, "deno.json"] },
  { at: "build.ts",            imports: [...SHIPPED, "build", "deno.json"] },
  { at: "tools",               imports: [...SHIPPED, "build", "deno.json"] },
];

/** Where a package of import_map.json may be imported, by the start of its name. */
// deno-fmt-ignore: one package, one row
const PACKAGES: readonly { readonly name: string; readonly homes: readonly string[] }[] = [
  { name: "@bufbuild/protobuf", homes: ["proto/gen", "runtime/core", "runtime/resources", "api", "tools"] },
  { name: "@connectrpc/connect", homes: ["api"] },
  { name: "hono",               homes: ["api"] },
  { name: "@dagrejs/dagre",     homes: ["api"] },
  { name: "@peculiar/x509",     homes: ["api/certificates"] },
  { name: "reflect-metadata",   homes: ["api/certificates"] },
  { name: "commander",          homes: ["api"] },
  { name: "yaml",               homes: ["api"] },
  { name: "string-width",       homes: ["api"] },
  { name: "pluralize",          homes: ["runtime/resources"] },
  { name: "re2js",              homes: ["runtime/state"] },
  { name: "xxhash-wasm",        homes: ["build"] },
  { name: "@std/path",          homes: ["fs", "runtime", "api", "roles", "main.ts", "build", "build.ts", "tools"] },
  { name: "@std/streams",       homes: ["fs", "runtime", "api", "roles", "main.ts", "build", "build.ts", "tools"] },
  { name: "@std/assert",        homes: [] },
  { name: "@seriousme/openapi-schema-validator", homes: [] },
  { name: "ajv",                homes: [] },
  { name: "ajv-formats",        homes: [] },
  { name: "fast-check",         homes: [] },
];

/** The edge to Linux takes nothing from outside, whatever its parent folder may take. */
const NO_PACKAGES = "fs/kernel";

/** Why the file at `from` may not import the file at `to`; undefined when it may. */
export function wrongArrow(from: string, to: string, kind: "type" | "value"): string | undefined {
  const room = roomOf(from);
  if (room === undefined) return `"${from}" is in no folder of the house: name it in house_map.ts`;
  const target = roomOf(to)?.at ?? to;
  if (target === room.at || room.imports.includes(target)) return undefined;
  if (room.typesOf?.includes(target)) {
    return kind === "type" ? undefined : `"${room.at}" takes only types from "${target}"`;
  }
  const allowed = [...room.imports, ...(room.typesOf ?? []).map((name) => `${name} (types)`)];
  const may = allowed.length === 0 ? "nothing of ours" : allowed.join(", ");
  return `"${room.at}" may not import "${target}", it may import ${may}`;
}

/** Why the file at `from` may not import `specifier`, a package; undefined when it may. */
export function wrongHome(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) return undefined;
  const known = PACKAGES.find(({ name }) => isIn(specifier, name));
  if (known === undefined) {
    return `"${specifier}" has no home in the house: name one in house_map.ts`;
  }
  const refused = isIn(from, NO_PACKAGES) || !known.homes.some((home) => isIn(from, home));
  if (!refused) return undefined;
  const homes = known.homes.length === 0 ? "tests only" : known.homes.join(", ");
  return `"${known.name}" may not be imported in "${from}", its home is ${homes}`;
}

function roomOf(place: string): Room | undefined {
  return ROOMS.filter(({ at }) => isIn(place, at)).sort((a, b) => b.at.length - a.at.length)[0];
}
