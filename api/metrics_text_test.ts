// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { MetricSample } from "./graph_port.ts";
import { metricsText } from "./metrics_text.ts";

function text(...samples: readonly MetricSample[]): string {
  return metricsText([{ name: "a_total", help: "A.", type: "counter", samples }]);
}

Deno.test("metricsText() writes a block for each family that has numbers", () => {
  const none = { name: "none", help: "N.", type: "gauge", samples: [] } as const;
  const one = { name: "b", help: "B.", type: "gauge", samples: [{ labels: {}, value: 0.5 }] };
  assertEquals(metricsText([]), "");
  assertEquals(
    metricsText([none, { ...one, type: "gauge" }, {
      name: "c_total",
      help: "C.",
      type: "counter",
      samples: [
        { labels: { x: "1", y: "2" }, value: 3 },
        { labels: { x: "1", y: "" }, value: 2 ** 53 },
      ],
    }]),
    "# HELP b B.\n# TYPE b gauge\nb 0.5\n" +
      "# HELP c_total C.\n# TYPE c_total counter\n" +
      'c_total{x="1",y="2"} 3\nc_total{x="1",y=""} 9007199254740992\n',
  );
});

Deno.test("metricsText() escapes what would end a line or a value", () => {
  const labels = { x: 'back\\slash "quoted"\nnext' };
  const [, , line] = text({ labels, value: 1 }).split("\n");
  assertEquals(line, 'a_total{x="back\\\\slash \\"quoted\\"\\nnext"} 1');
  const [help] = metricsText([{
    name: "a",
    help: 'one\ntwo \\ "three"',
    type: "gauge",
    samples: [{ labels: {}, value: 1 }],
  }]).split("\n");
  assertEquals(help, '# HELP a one\\ntwo \\\\ "three"');
});

Deno.test("metricsText() spells numbers as Prometheus reads them", () => {
  const values = [0, -1, 1e21, 1.5e-9, Infinity, -Infinity, NaN];
  const lines = text(...values.map((value) => ({ labels: {}, value }))).split("\n").slice(2, -1);
  assertEquals(lines.map((line) => line.slice("a_total ".length)), [
    "0",
    "-1",
    "1e+21",
    "1.5e-9",
    "+Inf",
    "-Inf",
    "NaN",
  ]);
});
