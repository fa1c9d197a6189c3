/** `strata boot`: where the time of the boot went. */
import { bootPlot } from "../boot_plot.ts";
import {
  bootEndMs,
  type BootStep,
  criticalChain,
  durationText,
  fetchBootSteps,
} from "../boot_timeline.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import { CommandError, EXIT } from "../../client/command_error.ts";
import { type OutputFormat, outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";
import type { JsonValue } from "@bufbuild/protobuf";

/** One row of a view, as data. */
type Row = Readonly<Record<string, string | number>>;

/** A view: its columns as people read them, and its rows as programs do. */
interface View {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  cells(row: Row): readonly string[];
}

/** Prints one view of the last boot. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const view = input.arguments["VIEW"] ?? "blame";
  const format = optionText(input, "output");
  const shown = outputFormat(input);
  if (view === "plot" && format !== undefined && format !== "svg") {
    throw new CommandError(EXIT.usage, "boot plot is an SVG: -o may only be svg");
  }
  if (view !== "plot" && format === "svg") {
    throw new CommandError(EXIT.usage, `boot ${view} has no picture: strata boot plot has`);
  }
  const { signal } = session.world;
  const steps = await session.withMachine((transport) => fetchBootSteps(transport, { signal }));
  if (view === "plot") return await session.out.text(bootPlot(steps, { title: titleOf(steps) }));
  await print(session, {
    view: view === "chain" ? chainView(steps) : blameView(steps),
    input,
    shown,
  });
}

function titleOf(steps: readonly BootStep[]): string {
  return `Boot of ${durationText(bootEndMs(steps))} in ${steps.length} steps`;
}

/** The longest first. */
function blameView(steps: readonly BootStep[]): View {
  const rows = [...steps].sort((a, b) => b.durationMs - a.durationMs)
    .map(({ name, startedMs, durationMs, outcome, detail }) => ({
      step: name,
      startedMs,
      durationMs,
      outcome,
      detail,
    }));
  return {
    columns: ["TOOK", "STARTED AT", "STEP", "OUTCOME", "DETAIL"],
    rows,
    cells: (row) => [
      ...[row["durationMs"], row["startedMs"]].map((ms) => durationText(Number(ms))),
      ...[row["step"], row["outcome"], row["detail"]].map(String),
    ],
  };
}

/** First to last, each with what passed before it. */
function chainView(steps: readonly BootStep[]): View {
  const rows = criticalChain(steps).map(({ step, gapMs }) => ({
    step: step.name,
    startedMs: step.startedMs,
    durationMs: step.durationMs,
    gapMs: Math.round(gapMs * 10) / 10,
  }));
  return {
    columns: ["STARTED AT", "TOOK", "AFTER A GAP OF", "STEP"],
    rows,
    cells: (row) => [
      ...[row["startedMs"], row["durationMs"], row["gapMs"]].map((ms) => durationText(Number(ms))),
      String(row["step"]),
    ],
  };
}

async function print(
  session: Session,
  { view, input, shown }: {
    readonly view: View;
    readonly input: CommandInput;
    readonly shown: OutputFormat;
  },
): Promise<void> {
  const value = (): JsonValue => view.rows.map((row) => ({ ...row }));
  if (await printData(session.out, { format: shown, value })) return;
  const table = new Table(session.out, {
    columns: view.columns,
    headers: input.options["no-headers"] === true ? "hidden" : "shown",
  });
  for (const row of view.rows) await table.row(view.cells(row));
  await table.flush();
}
