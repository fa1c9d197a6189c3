/** Nanoseconds since 1970 as messages have them. */

const NANOS_PER_SECOND = 1_000_000_000n;

/** As google.protobuf.Timestamp. */
export function nanosTimestamp(
  nanos: bigint,
): { readonly seconds: bigint; readonly nanos: number } {
  const rest = ((nanos % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
  return { seconds: (nanos - rest) / NANOS_PER_SECOND, nanos: Number(rest) };
}
