// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { BuildError } from "./build_error.ts";
import { parseLdd } from "./libraries.ts";

Deno.test("parseLdd() finds libraries and the loader, and leaves out what the kernel maps", () => {
  const output = [
    "\tlinux-vdso.so.1 (0x00007f9820fc9000)",
    "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f981af3e000)",
    "\t/lib64/ld-linux-x86-64.so.2 (0x00007f9820fcb000)",
    "",
  ].join("\n");
  assertEquals(parseLdd(output), [
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib64/ld-linux-x86-64.so.2",
  ]);
});

Deno.test("parseLdd() refuses a program whose library is not on the host", () => {
  assertThrows(
    () => parseLdd("\tlibinih.so.1 => not found\n"),
    BuildError,
    'Cannot find shared library "libinih.so.1" on this host',
  );
});
