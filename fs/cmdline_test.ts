// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { parseCommandLine, unknownArguments } from "./cmdline.ts";

Deno.test("parseCommandLine() gives strata arguments by name, the last of several", () => {
  const line = parseCommandLine(
    "console=ttyS0 quiet strata.http=0.0.0.0:1 strata.debug strata.http=0.0.0.0:50080 ip=off\n",
  );
  assertEquals([...line.strata], [["http", "0.0.0.0:50080"], ["debug", ""]]);
  assertEquals(line.ip, "off");
  assertEquals(line.args[1], { name: "quiet", value: undefined });
});

Deno.test("parseCommandLine() takes quotes as the kernel does", () => {
  const line = parseCommandLine(
    'a="x y" "b=p q" c=1"2 3"4 "d" e="open end',
  );
  assertEquals(line.args, [
    { name: "a", value: "x y" },
    { name: "b", value: "p q" },
    { name: "c", value: '1"2 3"4' },
    { name: "d", value: undefined },
    { name: "e", value: "open end" },
  ]);
});

Deno.test("parseCommandLine() keeps later = signs and leaves out what follows --", () => {
  const line = parseCommandLine("root=PARTUUID=12 =x strata.a=1 -- strata.a=2 strata.b=3");
  assertEquals(line.args, [
    { name: "root", value: "PARTUUID=12" },
    { name: "=x", value: undefined },
    { name: "strata.a", value: "1" },
  ]);
  assertEquals(line.strata.has("b"), false);
  assertEquals(line.ip, undefined);
});

Deno.test("unknownArguments() names the argument and those there are", () => {
  const line = parseCommandLine("strata.http=1 strata.htpp=2");
  assertEquals(unknownArguments(line, ["http", "log"]), [
    'Cannot use kernel argument "strata.htpp": it is not known, may be one of strata.http, strata.log',
  ]);
});
