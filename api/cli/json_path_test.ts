// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertExists } from "@std/assert";
import { parseTemplate, renderTemplate } from "./json_path.ts";

const VALUE = {
  a: { b: "x", "c d": 7 },
  list: ["p", "q", "r"],
  objects: [{ n: 1 }, { n: true }],
  big: 2n ** 60n,
  none: null,
};

function render(template: string): string {
  const parsed = parseTemplate(template);
  assertExists(parsed, template);
  return renderTemplate(parsed, VALUE);
}

Deno.test("renderTemplate() follows keys, items and slices", () => {
  const cases = [
    ["{.a.b}", "x"],
    ["{.a['c d']}", "7"],
    ['{$.a["b"]}', "x"],
    ["{.list[:]}", "p q r"],
    ["{.list[*]}", "p q r"],
    ["{.list[1:]}", "q r"],
    ["{.list[0:2]}", "p q"],
    ["{.list[-1]}", "r"],
    ["{.objects[*].n}", "1 true"],
    ["{.list}", '["p","q","r"]'],
    ["{.big}", String(2n ** 60n)],
    ["id {.a.b}/{.list[0]}!", "id x/p!"],
  ] as const;
  for (const [template, text] of cases) assertEquals(render(template), text, template);
});

Deno.test("renderTemplate() gives nothing for what is missing, inherited or of another kind", () => {
  for (
    const template of [
      "{.zz}",
      "{.a.b.c}",
      "{.list[9]}",
      "{.a[0]}",
      "{.none}",
      "{.constructor}",
      "{.list.length.x}",
    ]
  ) {
    assertEquals(render(template), "", template);
  }
});

Deno.test("parseTemplate() does not take what it cannot follow", () => {
  for (
    const template of [
      "{.a",
      "{..a}",
      "{.a[?(@.b)]}",
      "{range .items}",
      "{.a[}",
      "{.x}".repeat(600),
    ]
  ) {
    assertEquals(parseTemplate(template), undefined, template);
  }
});
