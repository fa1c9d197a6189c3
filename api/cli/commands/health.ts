/** `strata health`: whether a machine does what it is for, and what keeps it from that. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import { readDuration } from "../duration.ts";
import { escapeText } from "../escape.ts";
import { type CheckResult, healthChecks, isHealthy } from "../health/health_checks.ts";
import { Output } from "../output.ts";
import { outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";
import type { JsonValue } from "@bufbuild/protobuf";

/** Milliseconds between two looks while waiting. */
const LOOK_MS = 500;

/** Looks until all is well or the time is over, and tells what was seen last. */
export async function run(session: Session, input: CommandInput): Promise<number> {
  const format = outputFormat(input);
  const waitMs = readDuration(optionText(input, "wait-timeout") ?? "0", "--wait-timeout");
  const results = await look(session, waitMs);
  const healthy = isHealthy(results);
  const value = (): JsonValue => ({ healthy, checks: results.map((each) => ({ ...each })) });
  if (!await printData(session.out, { format, value })) {
    await printTable(session, { results, input });
  }
  return healthy ? EXIT.done : EXIT.failed;
}

/** @throws {CommandError} The machine was not reached when the time was over. */
async function look(session: Session, waitMs: number): Promise<readonly CheckResult[]> {
  const { clock, signal } = session.world;
  const told = new Output(session.world.stderr, session.world);
  const endMs = clock.monotonicMs() + waitMs;
  for (let last = "";;) {
    const seen = await session.withMachine((transport) => healthChecks({ transport, signal }))
      .catch((error: unknown) => unreachable(error));
    if (!(seen instanceof CommandError) && isHealthy(seen)) return seen;
    if (clock.monotonicMs() >= endMs) {
      if (seen instanceof CommandError) throw seen;
      return seen;
    }
    const words = seen instanceof CommandError ? seen.message : faultOf(seen);
    if (words !== last) await told.text(`strata: waiting: ${escapeText(words)}\n`);
    last = words;
    await clock.sleep(Math.min(LOOK_MS, endMs - clock.monotonicMs()), { signal }).catch(() => {});
    if (signal.aborted) throw new CommandError(EXIT.interrupted, "interrupted");
  }
}

/** A machine that is not there may come; whatever else is wrong stays so. */
function unreachable(error: unknown): CommandError {
  if (error instanceof CommandError && error.exit === EXIT.unreachable) return error;
  throw error;
}

function faultOf(results: readonly CheckResult[]): string {
  const failed = results.find(({ status }) => status === "failed");
  return `${failed?.name}: ${failed?.detail}`;
}

async function printTable(
  { out }: Session,
  { results, input }: {
    readonly results: readonly CheckResult[];
    readonly input: CommandInput;
  },
): Promise<void> {
  const table = new Table(out, {
    columns: ["CHECK", "STATUS", "DETAIL"],
    headers: input.options["no-headers"] === true ? "hidden" : "shown",
  });
  for (const { name, status, detail } of results) await table.row([name, status, detail]);
  await table.flush();
}
