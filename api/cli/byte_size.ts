/** Sizes for people. */

const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;

/** A size in the largest unit that leaves at least 1, with one digit behind the point below 100: `512 B`, `1.5 GiB`. */
export function byteSizeText(bytes: bigint): string {
  if (bytes < 1024n) return `${bytes} B`;
  let unit = 0;
  let tenths = bytes * 10n / 1024n;
  while (tenths >= 10_240n && unit < UNITS.length - 1) {
    tenths /= 1024n;
    unit++;
  }
  const number = tenths < 1000n ? `${tenths / 10n}.${tenths % 10n}` : `${tenths / 10n}`;
  return `${number} ${UNITS[unit]}`;
}
