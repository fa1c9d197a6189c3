// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { argumentsOf, bashLine, bashWord } from "./bash_line.ts";

Deno.test("bashLine() takes a line apart as bash does, and runs nothing", () => {
  const cases = [
    ["strata get mo", ["strata", "get", "mo"], ""],
    ["strata get ", ["strata", "get", ""], ""],
    ["strata  get\tx", ["strata", "get", "x"], ""],
    ["strata get 'a b' \"c d\" e\\ f", ["strata", "get", "a b", "c d", "e f"], ""],
    ["strata get 'a b", ["strata", "get", "a b"], "'"],
    ["strata get \"a'b", ["strata", "get", "a'b"], '"'],
    ["strata get '' x", ["strata", "get", "", "x"], ""],
    ["strata get a'b'c", ["strata", "get", "abc"], ""],
    ["strata get $(rm x) `y`", ["strata", "get", "$(rm", "x)", "`y`"], ""],
    ["strata get a\\", ["strata", "get", "a\\"], ""],
    ["", [""], ""],
  ] as const;
  for (const [line, words, quote] of cases) {
    assertEquals(bashLine(line), { words: [...words], quote }, line);
  }
});

Deno.test("argumentsOf() leaves out the program and the variables before it", () => {
  assertEquals(argumentsOf(bashLine("A=1 B='x y' ./dist/strata get m")), ["get", "m"]);
  assertEquals(argumentsOf(bashLine("strata ")), [""]);
  assertEquals(argumentsOf(bashLine("A=1")), []);
});

Deno.test("bashWord() gives what bash puts behind the last break, safe to run", () => {
  const breaks = " \t\n\"'@><=;|&(:";
  const cases = [
    ["mounts", "mo", "", "mounts"],
    ["--output=json", "--output=j", "", "json"],
    ["--output=json", "--out", "", "--output=json"],
    ["tcp:50080", "tcp:5", "", "50080"],
    ["a:b:c", "a:b:", "", "c"],
    ["x; rm -rf $HOME", "x", "", "x\\;\\ rm\\ -rf\\ \\$HOME"],
    ["`a`'b\"", "", "", "\\`a\\`\\'b\\\""],
    ["/dev/pts#2", "/d", "", "/dev/pts\\#2"],
    ["a b", "a", "'", "a b"],
    ["über", "ü", "", "über"],
  ] as const;
  for (const [value, current, quote, word] of cases) {
    assertEquals(bashWord(value, { current, quote, breaks }), word, value);
  }
  assertEquals(bashWord("a:b", { current: "a:", quote: "", breaks: " =" }), "a:b");
});
