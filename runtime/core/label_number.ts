/** Numbers in label values: 64-bit whole numbers with a unit, as COSI reads them. */

/** Longest first letter pair wins: `Ki` before `k`. What follows the unit is ignored, so `4GiB` and `10kg` are fine. */
const UNITS: readonly (readonly [string, bigint])[] = [
  ["pi", 2n ** 50n],
  ["ti", 2n ** 40n],
  ["gi", 2n ** 30n],
  ["mi", 2n ** 20n],
  ["ki", 2n ** 10n],
  ["p", 10n ** 15n],
  ["t", 10n ** 12n],
  ["g", 10n ** 9n],
  ["m", 10n ** 6n],
  ["k", 10n ** 3n],
];
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
/** Digits of a 64-bit number with room for leading zeros; more would make BigInt work for an attacker. */
const DIGITS_MAX = 64;

/** White space of Unicode, which is not quite what JavaScript trims. */
const SPACE = "[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const LEADING_SPACE_REGEXP = new RegExp(`^${SPACE}+`);
const NUMBER_REGEXP = /^[-0-9]+/;

/**
 * Reads a signed 64-bit number and its unit, `m` being mega; the product wraps at 64 bits.
 *
 * @returns Undefined when the text is no such number: decimals, exponents, a leading `+`, an unknown unit.
 */
export function parseLabelNumber(text: string): bigint | undefined {
  const start = text.replace(LEADING_SPACE_REGEXP, "");
  const digits = NUMBER_REGEXP.exec(start)?.[0] ?? "";
  if (!/^-?[0-9]+$/.test(digits) || digits.length > DIGITS_MAX) return undefined;
  const value = BigInt(digits);
  if (value < INT64_MIN || value > INT64_MAX) return undefined;
  // White space after a unit is ignored like everything after it.
  const unit = start.slice(digits.length).replace(LEADING_SPACE_REGEXP, "").toLowerCase();
  if (unit === "") return value;
  const factor = UNITS.find(([name]) => unit.startsWith(name))?.[1];
  return factor === undefined ? undefined : BigInt.asIntN(64, value * factor);
}
