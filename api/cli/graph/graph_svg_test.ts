// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CommandError } from "../../client/command_error.ts";
import { BOXES_MAX } from "./graph_layout.ts";
import { graphSvg } from "./graph_svg.ts";
import { safeText } from "./safe_text.ts";
import { GRAPH, HOSTILE, HOSTILE_GRAPH } from "../../../tests/fakes/cli_graph.ts";
import { elementsOf, readXml, textOf, type XmlElement } from "../../../tests/fakes/xml.ts";
import { GraphResponseSchema } from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { create } from "@bufbuild/protobuf";

interface Frame {
  readonly x: number;
  readonly y: number;
  readonly right: number;
  readonly bottom: number;
}

function isOf(element: XmlElement, word: string): boolean {
  return (element.attributes["class"] ?? "").split(" ").includes(word);
}

/** Groups with a tooltip: the boxes, without the legend's. */
function boxes(svg: XmlElement, word: string): readonly XmlElement[] {
  return elementsOf(svg, "g").filter((group) =>
    isOf(group, word) &&
    group.children.some((child) => typeof child !== "string" && child.name === "title")
  );
}

function frameOf(box: XmlElement): Frame {
  const [shape] = [...elementsOf(box, "rect"), ...elementsOf(box, "path")]
    .filter((each) => isOf(each, "box"));
  const { x, y, width, height, d = "" } = shape?.attributes ?? {};
  if (x !== undefined) {
    const [left, top] = [Number(x), Number(y)];
    return { x: left, y: top, right: left + Number(width), bottom: top + Number(height) };
  }
  return around(d);
}

function around(path: string): Frame {
  const numbers = [...path.matchAll(/-?\d+(?:\.\d+)?/g)].map(([text]) => Number(text));
  const xs = numbers.filter((_, at) => at % 2 === 0);
  const ys = numbers.filter((_, at) => at % 2 === 1);
  return {
    x: Math.min(...xs),
    y: Math.min(...ys),
    right: Math.max(...xs),
    bottom: Math.max(...ys),
  };
}

Deno.test("graphSvg() draws each controller, kind and line once, controllers and kinds by other shapes", () => {
  const svg = readXml(graphSvg(GRAPH));
  assertEquals(svg.attributes["xmlns"], "http://www.w3.org/2000/svg");
  const controllers = boxes(svg, "controller");
  const kinds = boxes(svg, "kind");
  assertEquals(
    controllers.map((box) => textOf(elementsOf(box, "text")[0])).sort(),
    GRAPH.controllers.map(({ name }) => name).sort(),
  );
  assertEquals(
    kinds.map((box) => textOf(elementsOf(box, "text")[0])).sort(),
    GRAPH.kinds.map(({ type }) => type).sort(),
  );
  assert(controllers.every((box) => elementsOf(box, "rect").length === 1));
  assert(kinds.every((box) => elementsOf(box, "rect").length === 0));
  // The legend has one of each type.
  const lines = elementsOf(svg, "path").filter((path) => isOf(path, "line"));
  assertEquals(lines.length, GRAPH.edges.length + 8);
});

Deno.test("graphSvg() lets no two boxes overlap, and nothing leave the picture", () => {
  const svg = readXml(graphSvg(GRAPH));
  const frames = [...boxes(svg, "controller"), ...boxes(svg, "kind")].map(frameOf);
  assertEquals(frames.length, 10);
  for (const [at, a] of frames.entries()) {
    for (const b of frames.slice(at + 1)) {
      assert(a.right <= b.x || b.right <= a.x || a.bottom <= b.y || b.bottom <= a.y);
    }
  }
  const lines = elementsOf(svg, "path").filter((path) => isOf(path, "line"))
    .map(({ attributes }) => around(attributes["d"] ?? ""));
  const [, , width = 0, height = 0] = (svg.attributes["viewBox"] ?? "").split(" ").map(Number);
  for (const { x, y, right, bottom } of [...frames, ...lines]) {
    assert(x >= 0 && y >= 0 && right <= width - 48 && bottom <= height - 48);
  }
});

Deno.test("graphSvg() ends each line at the side of its box, with a head that there is", () => {
  const svg = readXml(graphSvg(GRAPH));
  const frames = [...boxes(svg, "controller"), ...boxes(svg, "kind")].map(frameOf);
  const heads = elementsOf(svg, "marker").map(({ attributes }) => `url(#${attributes["id"]})`);
  const lines = elementsOf(svg, "g").filter((group) => group.children.length === 2)
    .flatMap((group) => elementsOf(group, "path")).filter((path) => isOf(path, "line"));
  assertEquals(lines.length >= GRAPH.edges.length, true);
  for (const { attributes } of lines.slice(0, GRAPH.edges.length)) {
    assert(heads.includes(attributes["marker-end"] ?? ""));
    const numbers = [...(attributes["d"] ?? "").matchAll(/-?\d+(?:\.\d+)?/g)].map(Number);
    for (const [x = NaN, y = NaN] of [numbers.slice(0, 2), numbers.slice(-2)]) {
      const touched = frames.filter((frame) =>
        Math.min(Math.abs(frame.x - x), Math.abs(frame.right - x)) < 0.2 &&
        frame.y < y && y < frame.bottom
      );
      assertEquals(touched.length, 1, attributes["d"] ?? "");
    }
  }
});

Deno.test("graphSvg() marks what failed by a border, a sign and words, and by colour last", () => {
  const svg = readXml(graphSvg(GRAPH));
  const failed = boxes(svg, "failed");
  assertEquals(failed.length, 1);
  const [box] = failed;
  assert(box !== undefined);
  assertEquals(elementsOf(box, "path").map(({ attributes }) => attributes["class"]), [
    "mark",
    "bang",
  ]);
  const texts = elementsOf(box, "text").map(textOf);
  assertEquals(texts.slice(0, 2), ["fs.EtcFileController", "failed, waiting to start again"]);
  assertStringIncludes(texts[3] ?? "", "Cannot mount");
  assertStringIncludes(
    textOf(elementsOf(box, "title")[0]),
    "the file system below it is read-only",
  );
});

Deno.test("graphSvg() is well-formed and holds every name, whatever is in them", () => {
  const text = graphSvg(HOSTILE_GRAPH);
  const svg = readXml(text);
  const [controller] = boxes(svg, "controller");
  const [kind] = boxes(svg, "kind");
  assert(controller !== undefined && kind !== undefined);
  assertStringIncludes(textOf(elementsOf(controller, "title")[0]), safeText(HOSTILE));
  assertEquals(textOf(elementsOf(kind, "title")[0]).split("\n")[0], safeText(HOSTILE));
  assert(!text.includes("\u202e") && !text.includes("\x1b"));
});

Deno.test("graphSvg() has colours for light and for dark pages, and asks for nothing outside", () => {
  const text = graphSvg(GRAPH);
  assertStringIncludes(text, "@media (prefers-color-scheme:dark){");
  assertEquals(text.match(/https?:[^"]*/g), ["http://www.w3.org/2000/svg"]);
  assert(!/<script|<image|@import|url\((?!#)|href/.test(text));
});

Deno.test("graphSvg() draws the same graph the same way twice, and an empty one", () => {
  assertEquals(graphSvg(GRAPH), graphSvg(GRAPH));
  const empty = readXml(graphSvg(create(GraphResponseSchema)));
  assertEquals(boxes(empty, "controller").length + boxes(empty, "kind").length, 0);
});

Deno.test("graphSvg() refuses more than it can draw, and names ways out", () => {
  const kinds = Array.from({ length: BOXES_MAX + 1 }, (_, at) => ({ type: `T${at}` }));
  const error = assertThrows(
    () => graphSvg(create(GraphResponseSchema, { kinds })),
    CommandError,
    "cannot draw 301 boxes and 0 lines: at most 300 and 600; give --controller or --type",
  );
  assertEquals(error.exit, 1);
  assertEquals(
    boxes(readXml(graphSvg(create(GraphResponseSchema, { kinds: kinds.slice(1) }))), "kind").length,
    BOXES_MAX,
  );
});
