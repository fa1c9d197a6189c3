// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { displayWidth } from "./display_width.ts";
import { fakeWorld } from "../../tests/fakes/cli_world.ts";
import { Output } from "./output.ts";
import { fitColumns, Table } from "./table.ts";

const ROWS = [["1", "short", "a".repeat(60)], ["22", "日本", "b".repeat(40)]];

function printed(options: { readonly terminal?: number; readonly env?: Record<string, string> }) {
  let text = "";
  const world = fakeWorld(options, (_, bytes) => text += new TextDecoder().decode(bytes));
  return { out: new Output(world.stdout, world), text: () => text };
}

async function tableText(options: Parameters<typeof printed>[0]): Promise<string> {
  const { out, text } = printed(options);
  const table = new Table(out, { columns: ["N", "NAME", "VALUE"] });
  for (const row of ROWS) await table.row(row);
  await table.flush();
  return text();
}

Deno.test("Table aligns columns by what people see and cuts nothing without a terminal", async () => {
  assertEquals(
    await tableText({}),
    `N    NAME    VALUE\n1    short   ${"a".repeat(60)}\n22   日本    ${"b".repeat(40)}\n`,
  );
});

Deno.test("Table fits the terminal by cutting the widest column", async () => {
  const text = await tableText({ terminal: 30, env: { NO_COLOR: "1" } });
  assertEquals(
    text,
    `N    NAME    VALUE\n1    short   ${"a".repeat(16)}…\n22   日本    ${"b".repeat(16)}…\n`,
  );
  for (const line of text.trimEnd().split("\n")) assert(displayWidth(line) <= 30, line);
});

Deno.test("Table sets its heading bold on a terminal only, and not when NO_COLOR is set", async () => {
  assertStringIncludes(await tableText({ terminal: 100 }), "\x1b[1mN    NAME    VALUE\x1b[22m\n");
  for (
    const options of [{}, { terminal: 100, env: { NO_COLOR: "1" } }, {
      terminal: 100,
      env: { TERM: "dumb" },
    }]
  ) {
    assert(!(await tableText(options)).includes("\x1b"));
  }
});

Deno.test("Table prints rows at once after flush() with the widths it has", async () => {
  const { out, text } = printed({});
  const table = new Table(out, { columns: ["A", "B"] });
  await table.row(["wide", "x"]);
  assertEquals(text(), "");
  await table.flush();
  await table.row(["1", "y"]);
  await table.row(["wider than before", "z"]);
  assertEquals(text(), "A      B\nwide   x\n1      y\nwider than before   z\n");
});

Deno.test("Table does not hold more than its bound of rows", async () => {
  const { out, text } = printed({});
  const table = new Table(out, { columns: ["A"], headers: "hidden" });
  for (let count = 0; count < 1001; count++) await table.row([String(count)]);
  assertEquals(text().split("\n").length - 1, 1001);
});

Deno.test("Table escapes what is in cells", async () => {
  const { out, text } = printed({});
  const table = new Table(out, { columns: ["A"], headers: "hidden" });
  await table.row(["x\n\x1b[2J"]);
  await table.flush();
  assertEquals(text(), "x\\n\\x1b[2J\n");
});

Deno.test("fitColumns() uses all there is and keeps a bit of each column", () => {
  assertEquals(fitColumns([3, 4], 7), [3, 4]);
  assertEquals(fitColumns([3, 20, 20], 24), [3, 11, 10]);
  assertEquals(fitColumns([10, 10], 2), [6, 6]);
  assertEquals(fitColumns([], 10), []);
});
