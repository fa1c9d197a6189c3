/** A boot as a picture: one bar for the kernel, one for each step, and the moment the API answered. */
import { bootEndMs, type BootStep, durationText } from "./boot_timeline.ts";

const ROW = 22;
const TOP = 64;
const LEFT = 12;
/** Pixels for the time axis: a step of a thousandth of the boot is still a pixel. */
const PLOT_WIDTH = 1000;
/** Pixels right of the axis for the words of bars that end there. */
const WORDS_WIDTH = 380;
/** Lines of the grid at most: more cannot be told apart. */
const GRID_LINES_MAX = 12;

const STYLE = `
svg { background: #ffffff; font: 12px system-ui, sans-serif; }
text { fill: #1f2933; } .dim { fill: #616e7c; } .grid { stroke: #e4e7eb; } .ready { stroke: #147d64; stroke-width: 2; }
.kernel { fill: #9aa5b1; } .done { fill: #2680c2; } .skipped { fill: #cbd2d9; }
.failed { fill: #cf1124; } .running { fill: #f0b429; }
@media (prefers-color-scheme: dark) {
  svg { background: #1f2933; } text { fill: #f5f7fa; } .dim { fill: #9aa5b1; } .grid { stroke: #3e4c59; }
  .ready { stroke: #3ebd93; } .skipped { fill: #52606d; } .done { fill: #4098d7; }
}`.trim();

interface Bar {
  readonly name: string;
  readonly class: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly words: string;
}

/** The whole file. The steps are at least one, in the order they began. */
export function bootPlot(
  steps: readonly BootStep[],
  machine: { readonly title: string },
): string {
  const endMs = bootEndMs(steps);
  const bars = [kernelBar(steps), ...steps.map(stepBar)];
  const height = TOP + bars.length * ROW + 16;
  const width = LEFT + PLOT_WIDTH + WORDS_WIDTH;
  const x = (ms: number): number => LEFT + (endMs === 0 ? 0 : ms / endMs * PLOT_WIDTH);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(machine.title)}</title>`,
    `<style>${STYLE}</style>`,
    `<text x="${LEFT}" y="22" font-size="16">${escapeXml(machine.title)}</text>`,
    ...gridLines(endMs, { x, bottom: height - 12 }),
    ...bars.flatMap((bar, index) => barLines(bar, { x, y: TOP + index * ROW })),
    `<line class="ready" x1="${px(x(endMs))}" x2="${px(x(endMs))}" y1="${TOP - 22}" y2="${
      height - 12
    }"/>`,
    `<text x="${px(x(endMs) + 6)}" y="${TOP - 12}">API ready: ${durationText(endMs)}</text>`,
    "</svg>",
    "",
  ].join("\n");
}

/** What came before the first step: the kernel, and the start of the agent itself. */
function kernelBar([first]: readonly BootStep[]): Bar {
  const toMs = first?.startedMs ?? 0;
  return {
    name: "kernel and start of the agent",
    class: "kernel",
    fromMs: 0,
    toMs,
    words: durationText(toMs),
  };
}

function stepBar({ name, startedMs, endedMs, durationMs, outcome, detail }: BootStep): Bar {
  const words = [durationText(durationMs), ...(outcome === "done" ? [] : [outcome]), detail];
  return {
    name,
    class: outcome,
    fromMs: startedMs,
    toMs: endedMs,
    words: words.filter((word) => word !== "").join(", "),
  };
}

function gridLines(
  endMs: number,
  { x, bottom }: { readonly x: (ms: number) => number; readonly bottom: number },
): readonly string[] {
  const stepMs = gridStepMs(endMs);
  const count = stepMs === 0 ? 0 : Math.floor(endMs / stepMs);
  return Array.from({ length: count + 1 }, (_, index) => {
    const at = px(x(index * stepMs));
    return `<line class="grid" x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${bottom}"/>` +
      `<text class="dim" x="${at}" y="${TOP - 26}" text-anchor="middle">${
        (index * stepMs / 1000).toString()
      } s</text>`;
  });
}

/** 1, 2 or 5 times a power of ten: the smallest that keeps to {@linkcode GRID_LINES_MAX}. */
function gridStepMs(endMs: number): number {
  if (endMs <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(endMs / GRID_LINES_MAX));
  return [1, 2, 5, 10].map((factor) => factor * power)
    .find((stepMs) => endMs / stepMs <= GRID_LINES_MAX) ?? 10 * power;
}

/** The words stand behind the bar, or before it where there is more room. */
function barLines(
  { name, class: look, fromMs, toMs, words }: Bar,
  { x, y }: { readonly x: (ms: number) => number; readonly y: number },
): readonly string[] {
  const width = Math.max(1, x(toMs) - x(fromMs));
  const label = `${escapeXml(name)} <tspan class="dim">${escapeXml(words)}</tspan>`;
  const behind = x(fromMs) - LEFT <= LEFT + PLOT_WIDTH + WORDS_WIDTH - x(toMs);
  const place = behind
    ? `x="${px(x(fromMs) + width + 6)}"`
    : `x="${px(x(fromMs) - 6)}" text-anchor="end"`;
  return [
    `<rect class="${look}" x="${px(x(fromMs))}" y="${y}" width="${px(width)}" height="${
      ROW - 6
    }" rx="2"/>`,
    `<text ${place} y="${y + 12}">${label}</text>`,
  ];
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Text of a machine within XML; what XML cannot hold becomes `?`. */
function escapeXml(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "?")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
