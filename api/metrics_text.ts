/** Numbers in the text format of Prometheus, version 0.0.4. */
import type { MetricFamily, MetricSample } from "./graph_port.ts";

/** What answers of this form are called. */
export const METRICS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

/** One block a family; a family of no numbers is left out. */
export function metricsText(families: readonly MetricFamily[]): string {
  return families.filter(({ samples }) => samples.length > 0).map(block).join("");
}

function block({ name, help, type, samples }: MetricFamily): string {
  const head = `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`;
  return head +
    samples.map((sample) => `${name}${labelsOf(sample)} ${text(sample.value)}\n`).join("");
}

function labelsOf({ labels }: MetricSample): string {
  const pairs = Object.entries(labels).map(([key, value]) =>
    `${key}="${escaped(value).replaceAll('"', '\\"')}"`
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** Go's spelling of what JavaScript calls Infinity. */
function text(value: number): string {
  return String(value).replace("Infinity", "Inf").replace(/^Inf/, "+Inf");
}
