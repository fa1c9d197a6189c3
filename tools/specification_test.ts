// @ts-types="../types/std_assert.d.ts"
import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  declares,
  parseSpecification,
  resultFaults,
  type Source,
  sourceFaults,
} from "./specification.ts";

const HEAD = "| id | promise | shown by | figure |\n|---|---|---|---|\n";

const SOURCE: Source = {
  text: (path) => path === "fs/a_test.ts" ? 'Deno.test("a() holds", () => {});' : undefined,
  tasks: ["bench:boot"],
};

const GOOD = `${HEAD}| A1 | it holds | \`fs/a_test.ts: a() holds\`, \`bench:boot\` | 3 ms |\n`;

Deno.test("parseSpecification() reads the references of each row and nothing else", () => {
  const text = `# S\n\n| word | means |\n|---|---|\n| row | promise |\n\n${GOOD}\nEnd.`;
  assertEquals(parseSpecification(text), [{
    line: 9,
    id: "A1",
    shownBy: [
      { kind: "test", file: "fs/a_test.ts", name: "a() holds" },
      { kind: "bench", name: "boot" },
    ],
    faults: [],
  }]);
});

Deno.test("parseSpecification() takes an escaped bar as part of a name", () => {
  const [row] = parseSpecification(`${HEAD}| A1 | it holds | \`a_test.ts: a \\| b\` | – |`);
  assertEquals(row?.shownBy, [{ kind: "test", file: "a_test.ts", name: "a | b" }]);
});

Deno.test("sourceFaults() finds nothing wrong with rows whose tests exist", () => {
  assertEquals(sourceFaults(parseSpecification(GOOD), SOURCE), []);
});

Deno.test("sourceFaults() names the row and what it names in vain", () => {
  const faultsOf = (shown: string): string[] =>
    sourceFaults(parseSpecification(`${HEAD}| A1 | it holds | ${shown} | – |`), SOURCE);
  assertEquals(faultsOf("`fs/b_test.ts: a() holds`"), [
    'SPECIFICATION.md:3: row "A1" names fs/b_test.ts, which does not exist',
  ]);
  assertEquals(faultsOf("`fs/a_test.ts: b() holds`"), [
    'SPECIFICATION.md:3: row "A1" names a test that fs/a_test.ts does not declare: "b() holds"',
  ]);
  assertEquals(faultsOf("`bench:storm`"), [
    'SPECIFICATION.md:3: row "A1" names bench:storm, deno.json has no such task',
  ]);
  assertEquals(faultsOf("by hand"), ['SPECIFICATION.md:3: row "A1" names no test in backticks']);
  assertEquals(faultsOf("`somewhere`"), [
    'SPECIFICATION.md:3: row "A1" has "somewhere", must be "FILE.ts: NAME" or "bench:NAME"',
  ]);
});

Deno.test("sourceFaults() refuses an empty table, a repeated id and a short row", () => {
  assertEquals(sourceFaults([], SOURCE), ["SPECIFICATION.md has no rows"]);
  const again = `${GOOD}| A1 | again | \`bench:boot\` | – |\n| A2 | short | \`bench:boot\` |\n`;
  assertEquals(sourceFaults(parseSpecification(again), SOURCE), [
    'SPECIFICATION.md:4: row "A1" has the id of line 3',
    'SPECIFICATION.md:5: row "A2" has 3 cells, must have 4',
  ]);
});

Deno.test("resultFaults() refuses a row whose test is missing, skipped or failed", () => {
  const rows = parseSpecification(GOOD);
  const ran = { file: "fs/a_test.ts", name: "a() holds" } as const;
  const start = 'SPECIFICATION.md:3: row "A1" is not shown: fs/a_test.ts: "a() holds"';
  assertEquals(resultFaults(rows, [{ ...ran, outcome: "passed" }]), []);
  assertEquals(resultFaults(rows, []), [`${start} did not run`]);
  assertEquals(resultFaults(rows, [{ ...ran, outcome: "skipped" }]), [`${start} was skipped`]);
  assertEquals(resultFaults(rows, [{ ...ran, outcome: "failed" }]), [`${start} failed`]);
  assertEquals(resultFaults(rows, [{ ...ran, file: "fs/b_test.ts", outcome: "passed" }]), [
    `${start} did not run`,
  ]);
  const registered = { ...ran, file: "tests/linux/namespaces.ts" };
  assertEquals(resultFaults(rows, [{ ...registered, outcome: "passed" }]), []);
  assertEquals(resultFaults(rows, [{ ...registered, outcome: "failed" }]), [`${start} failed`]);
});

Deno.test("declares() knows a name as literal, as property and as template", () => {
  assert(declares('Deno.test("a() says \\"b\\"", f);', 'a() says "b"'));
  assert(declares("Deno.test({ name: 'a() holds', fn });", "a() holds"));
  assert(
    declares("Deno.test(\n  `${name} mount() refuses a file`,\n", "Linux mount() refuses a file"),
  );
  assertFalse(declares("Deno.test(`${name}`, f);", "anything at all"));
  assertFalse(declares('// "a() holds"\nDeno.test("b() holds", f);', "a() holds"));
});
