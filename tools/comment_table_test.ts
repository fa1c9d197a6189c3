// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { commentsOf } from "./comment_table.ts";

Deno.test("commentsOf() names what a comment is about, at any depth", () => {
  const file = {
    name: "a.proto",
    package: "p.v1",
    messageType: [{
      name: "M",
      field: [{ name: "f" }],
      nestedType: [{ name: "N", field: [{ name: "g" }] }],
      enumType: [{ name: "E", value: [{ name: "E_A" }, { name: "E_B" }] }],
    }],
    enumType: [{ name: "Top", value: [{ name: "T" }] }],
    service: [{ name: "S", method: [{ name: "Call" }] }],
    sourceCodeInfo: {
      location: [
        { path: [], leadingComments: " of the file\n" },
        { path: [2], leadingComments: " of the package\n" },
        { path: [4, 0], leadingComments: " A message\n over lines.\n\n And a paragraph.\n" },
        { path: [4, 0, 2, 0], leadingComments: " f.\n" },
        { path: [4, 0, 2, 0, 1], leadingComments: " of the name\n" },
        { path: [4, 0, 3, 0, 2, 0], leadingComments: " g.\n" },
        { path: [4, 0, 4, 0, 2, 1], leadingComments: " B.\n" },
        { path: [5, 0], leadingComments: " Top.\n" },
        { path: [6, 0, 2, 0], leadingComments: " Calls.\n" },
        { path: [4, 7], leadingComments: " nobody\n" },
        { path: [6, 0] },
      ],
    },
  };
  assertEquals([...commentsOf(file)], [
    ["p.v1.M", "A message over lines.\n\nAnd a paragraph."],
    ["p.v1.M.f", "f."],
    ["p.v1.M.N.g", "g."],
    ["p.v1.M.E.E_B", "B."],
    ["p.v1.Top", "Top."],
    ["p.v1.S.Call", "Calls."],
  ]);
});
