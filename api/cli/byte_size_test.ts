// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { byteSizeText } from "./byte_size.ts";

Deno.test("byteSizeText() shows the largest unit that leaves at least one", () => {
  const cases = [
    [0n, "0 B"],
    [1023n, "1023 B"],
    [1024n, "1.0 KiB"],
    [1536n, "1.5 KiB"],
    [1024n * 1024n - 1n, "1023 KiB"],
    [1n << 20n, "1.0 MiB"],
    [150n << 30n, "150 GiB"],
    [2n ** 64n - 1n, "15.9 EiB"],
  ] as const;
  for (const [bytes, text] of cases) assertEquals(byteSizeText(bytes), text);
});
