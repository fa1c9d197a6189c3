// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ERRNO } from "../../fs/kernel/errno.ts";
import { boundLate, CALLS_COMPILED, finder } from "../../fs/kernel/late_binding.ts";
import { openLibc } from "../../fs/kernel/libc.ts";

/** Libraries stay open as long as the process: what is bound may be called at any time. */
const STAYS_OPEN = { sanitizeResources: false };

const LIBRARY = finder("libc.so.6");

Deno.test(
  "a function answers the same before and behind the call that has it compiled",
  STAYS_OPEN,
  () => {
    const calls = boundLate(LIBRARY, {
      getpid: { parameters: [], result: "i32" },
      strtoul: { parameters: ["buffer", "pointer", "i32"], result: "u64" },
      labs: { parameters: ["i64"], result: "i64" },
    });
    const text = new TextEncoder().encode("18446744073709551615\0");
    const seen = new Set<unknown>();
    for (let call = 0; call < CALLS_COMPILED + 10; call++) {
      assertEquals(calls.getpid(), Deno.pid);
      assertEquals(calls.strtoul(text, null, 10), 18_446_744_073_709_551_615n);
      assertEquals(calls.labs(-9_007_199_254_740_993n), 9_007_199_254_740_993n);
      seen.add(calls.labs);
    }
    // What it was first, and what it is since.
    assertEquals(seen.size, 2);
  },
);

Deno.test("who keeps a function gets to compiled code too", STAYS_OPEN, () => {
  const calls = boundLate(LIBRARY, { abs: { parameters: ["i32"], result: "i32" } });
  const { abs } = calls;
  for (let call = 1; call < CALLS_COMPILED + 10; call++) assertEquals(abs(-call), call);
  assert(calls.abs !== abs);
  assertEquals([abs(-7), calls.abs(-7)], [7, 7]);
});

Deno.test("errno is that of the call, whichever way it went", STAYS_OPEN, () => {
  const libc = openLibc("late");
  for (let call = 0; call < CALLS_COMPILED + 10; call++) {
    assertEquals(libc.call.close(-1), -1);
    assertEquals(libc.errno(), ERRNO.EBADF);
    assertEquals(libc.call.chdir(new TextEncoder().encode("/nowhere\0")), -1);
    assertEquals(libc.errno(), ERRNO.ENOENT);
  }
});

Deno.test("six arguments leave the seventh, which nobody reads, on the stack", STAYS_OPEN, () => {
  const bytes = new TextEncoder().encode("what is copied\0");
  const [from, to] = [Deno.makeTempFileSync(), Deno.makeTempFileSync()];
  Deno.writeFileSync(from, bytes);
  const calls = boundLate(LIBRARY, {
    open: { parameters: ["buffer", "i32"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
    copy_file_range: {
      parameters: ["i32", "buffer", "i32", "buffer", "usize", "u32"],
      result: "isize",
    },
  });
  const open = (path: string): number => calls.open(new TextEncoder().encode(`${path}\0`), 2);
  const [one, other] = [open(from), open(to)];
  try {
    const copied = calls.copy_file_range(one, null, other, null, BigInt(bytes.length), 0);
    assertEquals(copied, BigInt(bytes.length));
    assertEquals(Deno.readFileSync(to), bytes);
  } finally {
    for (const fd of [one, other]) calls.close(fd);
    for (const path of [from, to]) Deno.removeSync(path);
  }
});

Deno.test("what runs on another thread is bound as it is", STAYS_OPEN, async () => {
  const calls = boundLate(LIBRARY, {
    outside: { name: "abs", parameters: ["i32"], result: "i32", nonblocking: true },
  });
  const { outside } = calls;
  assertEquals(await outside(-5), 5);
  assertStrictEquals(calls.outside, outside);
});

Deno.test(
  "a function that the library lacks is told of when it is used, each time",
  STAYS_OPEN,
  () => {
    const calls = boundLate(LIBRARY, { no_such_function: { parameters: [], result: "void" } });
    for (const _ of [1, 2]) assertThrows(() => calls.no_such_function, Error, "no_such_function");
  },
);
