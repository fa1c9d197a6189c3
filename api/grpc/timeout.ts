/** `grpc-timeout`: how long the caller waits. */
import { Code, ConnectError } from "@connectrpc/connect";
import { DEADLINE_MS_MAX } from "../limits.ts";

const TIMEOUT_REGEXP = /^(\d{1,8})([HMSmun])$/;

const MILLISECONDS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * Milliseconds, rounded up, at most {@linkcode DEADLINE_MS_MAX}.
 *
 * @throws {ConnectError} `InvalidArgument`.
 */
export function parseTimeout(text: string): number {
  const [, digits, unit = ""] = TIMEOUT_REGEXP.exec(text) ?? [];
  const factor = MILLISECONDS[unit];
  if (digits === undefined || factor === undefined) {
    const shown = JSON.stringify(text.slice(0, 32));
    const detail =
      `grpc-timeout is ${shown}, and may be up to 8 digits and one of H, M, S, m, u, n`;
    throw new ConnectError(detail, Code.InvalidArgument);
  }
  return Math.min(Math.ceil(Number(digits) * factor), DEADLINE_MS_MAX);
}
