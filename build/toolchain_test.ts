// @ts-types="../types/std_assert.d.ts"
import { assertThrows } from "@std/assert";
import { BuildError } from "./build_error.ts";
import { checkDeno, DENO_VERSION } from "./toolchain.ts";

const TARGET = "x86_64-unknown-linux-gnu";

Deno.test("checkDeno() takes the pinned Deno only, and says how to get it", () => {
  checkDeno(DENO_VERSION, TARGET);
  assertThrows(
    () => checkDeno("2.6.0", TARGET),
    BuildError,
    `Cannot build with Deno 2.6.0: Deno ${DENO_VERSION} is needed, for instance: npx -y deno@${DENO_VERSION}`,
  );
});

Deno.test("checkDeno() refuses a machine the image is not for", () => {
  assertThrows(
    () => checkDeno(DENO_VERSION, "aarch64-apple-darwin"),
    BuildError,
    `Cannot build on aarch64-apple-darwin: ${TARGET} is needed`,
  );
});
