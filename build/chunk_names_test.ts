// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { renamedChunks } from "./chunk_names.ts";

/** A bundle whose hashes are `hashes`, as the bundler gives the same sources at another path. */
function bundleWith(hashes: readonly [string, string, string]): ReadonlyMap<string, string> {
  const [agent, shared, other] = hashes;
  const main =
    `import{a}from"./chunk-${shared}.js";await import("./agent-${agent}.js");"./else.js"`;
  return new Map([
    ["main.js", main],
    [`agent-${agent}.js`, `import"./chunk-${shared}.js";import{b}from"./chunk-${other}.js"`],
    [`chunk-${shared}.js`, `import"node:fs";export{a}`],
    [`chunk-${other}.js`, `import"./chunk-${shared}.js";export{b}`],
  ]);
}

Deno.test("renamedChunks() names chunks by a walk from the entry, whatever the bundler called them", () => {
  const bundles = [
    bundleWith(["AAAAAAA1", "BBBBBBB2", "CCCCCCC3"]),
    bundleWith(["ZZZZZZZ9", "CCCCCCC3", "0AAAAAA0"]),
  ];
  for (const texts of bundles) {
    assertEquals(Object.fromEntries(renamedChunks(texts, "main.js")), {
      "main.js": `import{a}from"./chunk-1.js";await import("./agent-2.js");"./else.js"`,
      "agent-2.js": `import"./chunk-1.js";import{b}from"./chunk-3.js"`,
      "chunk-1.js": `import"node:fs";export{a}`,
      "chunk-3.js": `import"./chunk-1.js";export{b}`,
    });
  }
});
