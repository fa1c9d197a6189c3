/** Records of the kernel's log: what /dev/kmsg gives, by Linux's Documentation/ABI/testing/dev-kmsg. */

/** A record. */
export interface KernelRecord {
  /** Name of who says it, or its number where it has none. */
  readonly facility: string;
  /** `emerg` to `debug`. */
  readonly priority: string;
  /** Microseconds since the kernel started. */
  readonly micros: bigint;
  /** One line without its end. What is not printable ASCII, and a backslash, is `\xHH` as the kernel writes it. */
  readonly text: string;
}

const PRIORITIES = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"] as const;

/** By their numbers. Source: sys/syslog.h. */
// deno-fmt-ignore: a table
const FACILITIES: readonly (string | undefined)[] = [
  "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
  undefined, undefined, undefined, undefined,
  "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

const HEADER_REGEXP = /^(\d{1,10}),\d+,(\d{1,20}),[^;]*;/;

/**
 * Reads a record; its further lines, which name devices, are left out.
 *
 * @throws {SyntaxError} It is none.
 */
export function parseKernelRecord(record: string): KernelRecord {
  const found = HEADER_REGEXP.exec(record);
  if (found === null) {
    throw new SyntaxError(`no record of the kernel's log: ${JSON.stringify(record.slice(0, 80))}`);
  }
  const [head, code = "", micros = ""] = found;
  const end = record.indexOf("\n");
  const facility = Number(code) >> 3;
  return {
    facility: FACILITIES[facility] ?? String(facility),
    priority: PRIORITIES[Number(code) & 7] ?? "",
    micros: BigInt(micros),
    text: record.slice(head.length, end < 0 ? undefined : end),
  };
}
