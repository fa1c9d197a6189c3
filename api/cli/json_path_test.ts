// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertExists, assertThrows } from "@std/assert";
import { parseTemplate, readTemplate, renderTemplate, TemplateError } from "./json_path.ts";

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
    ["{.list[0,2]}", "p r"],
    ["{.a['c d','b']}", "7 x"],
    ["{.a.*}", "x 7"],
    ["{.objects[*]['n']}", "1 true"],
    ["{..n}", "1 true"],
    ["{.objects[?(@.n==1)]}", '{"n":1}'],
    ["{.objects[?(@.n!=1)].n}", "true"],
    ["{.objects[?(@.n)].n}", "1 true"],
    ["{.objects[?(@.zz)].n}", ""],
    ['{.list[?(@>"p")]}', "q r"],
    ["{.list[?(@=='q')]}", "q"],
    ["{[?(@>5)]}", String(2n ** 60n)],
    ['{"{\\n}"}', "{\n}"],
    ['{range .objects[*]}{.n}={$.a.b}{"\\n"}{end}.', "1=x\ntrue=x\n."],
    ["{a.b}", "x"],
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
      "{..}",
      "{.a[?(.b)]}",
      "{.a[?(@.b=)]}",
      "{.list[0]name}",
      "{$a}",
      "{range .items}",
      "{end}",
      '{"open}',
      "{.a[}",
      "{.x}".repeat(600),
    ]
  ) {
    assertEquals(parseTemplate(template), undefined, template);
  }
});

Deno.test("readTemplate() says what it cannot follow", () => {
  const cases = [
    ["{.a", '"{" at character 1 is never closed'],
    ["{end}", "{end} stands without {range …}"],
    ["{range .a}x", "{range …} has no {end}"],
    ["{'x}'}{.b c}", "{.b c} is no path"],
    ["{.x}".repeat(600), "it has more than 1024 characters"],
  ] as const;
  for (const [template, message] of cases) {
    assertThrows(() => readTemplate(template), TemplateError, message);
  }
});

Deno.test("renderTemplate() ends on values that are deep or have very many items", () => {
  let deep: unknown = { n: 1 };
  for (let level = 0; level < 50_000; level++) deep = { x: deep };
  const [found, wide] = [parseTemplate("{..n}"), parseTemplate("{..*}")];
  assertExists(found);
  assertExists(wide);
  assertEquals(renderTemplate(found, deep), "1");
  const many = Array.from({ length: 1000 }, () => Array.from({ length: 1000 }, () => 1));
  assertEquals(renderTemplate(wide, many).split(" ").length <= 200_000, true);
  for (
    const template of ["{..*..*..*}", "{..[?(@..x)]}", "{range ..*}{range ..*}{..*}{end}{end}"]
  ) {
    const parsed = parseTemplate(template);
    assertExists(parsed);
    renderTemplate(parsed, many);
  }
});
