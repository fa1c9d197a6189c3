/** How long ago something was, for people. */
import type { Timestamp } from "../../runtime/core/resource.ts";

const UNITS = [["d", 86_400n], ["h", 3_600n], ["m", 60n], ["s", 1n]] as const;

/** The two largest units, such as `2h5m ago`; `-` for no time at all, `now` for less than a second and for the future. */
export function agoText(then: Timestamp | undefined, now: Timestamp): string {
  if (then === undefined) return "-";
  let rest = now.seconds - then.seconds - (now.nanos < then.nanos ? 1n : 0n);
  if (rest <= 0n) return "now";
  const first = UNITS.findIndex(([, seconds]) => rest >= seconds);
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS.slice(first, first + 2)) {
    const count = rest / seconds;
    rest %= seconds;
    if (count > 0n) parts.push(`${count}${unit}`);
  }
  return `${parts.join("")} ago`;
}
