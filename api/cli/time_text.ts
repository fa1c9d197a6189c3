/** Points in time as a machine gives them: maybe absent, maybe out of any range. */
import { EPOCH, formatTimestamp } from "../../runtime/core/timestamp.ts";
import type { Timestamp } from "../../runtime/core/resource.ts";

/** RFC 3339 in UTC; seconds since 1970 with an `s` behind them where no calendar has the time. */
export function timeText(
  time: Timestamp | undefined,
  precision: "seconds" | "nanoseconds",
): string {
  const { seconds, nanos } = time ?? EPOCH;
  try {
    return formatTimestamp({ seconds, nanos }, {
      fraction: precision === "seconds" ? "none" : "shortest",
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `${seconds}s`;
  }
}
