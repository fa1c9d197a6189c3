// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import process from "node:process";
import { CommandError } from "./command_error.ts";
import { checkContextName, ContextBook } from "./context_book.ts";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

const FILE = `# mine
context: home # the one in use
theme: dark
contexts:
    home:
        endpoint: https://10.0.0.2:50000 # the box
        crt: QQ==
        colour: red
    work: { endpoint: unix:/run/x.sock }
`;

function book(text = FILE): ContextBook {
  return new ContextBook("/c.yaml", text);
}

Deno.test("ContextBook reads contexts in the order of the file", () => {
  assertEquals(book().current, "home");
  assertEquals(book().contexts, [
    { name: "home", endpoint: "https://10.0.0.2:50000", crt: "QQ==" },
    { name: "work", endpoint: "unix:/run/x.sock" },
  ]);
  assertEquals(book().find("work")?.endpoint, "unix:/run/x.sock");
  assertEquals(book().find("toString"), undefined);
  for (const text of ["", "# nothing\n", "contexts:\n", "context:\n", "other: 1\n"]) {
    if (text !== "context:\n") {
      assertEquals([book(text).contexts, book(text).current], [[], undefined]);
    }
  }
});

Deno.test("ContextBook changes what it is told to, and leaves comments and unknown fields as they are", () => {
  const changed = book();
  changed.put("home", { endpoint: "unix:/y", token: "t" });
  changed.put("new", { endpoint: "http://h:1" });
  changed.use("new");
  changed.rename("work", "play");
  assertEquals(
    changed.text(),
    `# mine
context: new # the one in use
theme: dark
contexts:
    home:
        endpoint: unix:/y # the box
        colour: red
        token: t
    play: { endpoint: unix:/run/x.sock }
    new:
        endpoint: http://h:1
`,
  );
});

Deno.test("ContextBook removes and renames the context in use", () => {
  const renamed = book();
  renamed.rename("home", "house");
  assertEquals([renamed.current, renamed.contexts.map(({ name }) => name)], ["house", [
    "house",
    "work",
  ]]);
  renamed.remove("house");
  assertEquals([renamed.current, renamed.contexts.map(({ name }) => name)], [undefined, ["work"]]);
  const reread = book(renamed.text());
  assertEquals(reread.contexts, [{ name: "work", endpoint: "unix:/run/x.sock" }]);
});

Deno.test("ContextBook makes a file of nothing", () => {
  for (const text of ["", "# a comment\n"]) {
    const made = book(text);
    made.put("a", { endpoint: "unix:/a" });
    made.use("a");
    assertEquals(book(made.text()).current, "a", made.text());
    assertEquals(book(made.text()).contexts, [{ name: "a", endpoint: "unix:/a" }]);
  }
});

Deno.test("ContextBook takes a context of another file with all that is in it", () => {
  const mine = book("contexts: {}\n");
  const fields = book().find("home");
  mine.take(book(), { name: "home", as: "it", fields: { endpoint: fields?.endpoint ?? "" } });
  assertEquals(mine.data(), {
    contexts: { it: { endpoint: "https://10.0.0.2:50000", colour: "red" } },
  });
});

Deno.test("ContextBook names the line of what cannot be used", () => {
  const cases = [
    [
      "contexts:\n  a:\n    endpoint: [x]\n",
      "line 3: contexts.a.endpoint must be text; put quotes around it",
    ],
    [
      "contexts:\n  a:\n    endpoint: x\n    token: 7\n",
      "line 4: contexts.a.token must be text; put quotes around it",
    ],
    ["contexts:\n  a: 1\n", "line 2: contexts.a must hold fields such as endpoint"],
    ["contexts:\n  a:\n    ca: x\n", "line 3: contexts.a has no endpoint"],
    [
      "a: 1\ncontexts:\n  x:\n    endpoint: a\n  7:\n    endpoint: y\n",
      'line 5: "7" is no name: put quotes around it',
    ],
    ["contexts: 1\n", "line 1: contexts must hold one field a context"],
    ["\ncontext: [a]\n", "line 2: context must be text; put quotes around it"],
    ["- 1\n", "line 1: it must hold fields such as contexts and context"],
    ["a: 1\na: 2\n", "line 2: Map keys must be unique"],
    ["a: 'x\n", "line 2: Missing closing 'quote"],
    ["context: null\n", "line 1: context must be text; put quotes around it"],
  ] as const;
  for (const [text, reason] of cases) {
    const error = assertThrows(() => book(text), CommandError);
    assertEquals([error.exit, error.message], [2, `cannot use "/c.yaml": ${reason}`], text);
  }
});

Deno.test("ContextBook ends on a file that would grow without end", () => {
  const level = (name: string, of: string): string =>
    `${name}: &${name} [${`*${of},`.repeat(9)}]\n`;
  const names = [..."bcdefghij"];
  const bomb = `a: &a [x]\n${
    names.map((name, at) => level(name, at === 0 ? "a" : names[at - 1] ?? "")).join("")
  }`;
  const made = book(bomb);
  assertEquals(made.contexts, []);
  assertThrows(() => made.data(), Error, "alias");
});

Deno.test("checkContextName() takes names of other tools' contexts, and no options or spaces", () => {
  for (const name of ["home", "admin@cluster-1", "a/b:c", "7", "_x", "x".repeat(253)]) {
    checkContextName(name);
  }
  for (const name of ["", "-x", "a b", "a\n", "é", "x".repeat(254)]) {
    assertThrows(() => checkContextName(name), CommandError, "cannot name a context");
  }
});
