import type { HeaderPairs } from "./header_pairs.ts";
import { lengthOf, regularFault } from "./header_rules.ts";

/** What a valid header block of an answer says. */
export interface AnswerHead {
  /** 100 to 999; below 200 another head follows. */
  readonly status: number;
  /** Without pseudo-headers. */
  readonly headers: HeaderPairs;
  /** Bytes that the body must have; undefined where nothing says so. */
  readonly contentLength: number | undefined;
}

const STATUS_REGEXP = /^[1-9][0-9]{2}$/;

/** Statuses whose answers have no body, whatever `content-length` says of one. */
const BODILESS: readonly number[] = [204, 304];

/** Judges the header block of an answer by RFC 9113 §8.2 and §8.3. @returns What it says, or why it is malformed. */
export function answerHead(pairs: HeaderPairs): AnswerHead | string {
  const [name, value = ""] = pairs;
  if (name !== ":status") return "an answer that does not begin with :status";
  if (!STATUS_REGEXP.test(value)) return ":status is no number of three digits";
  const headers = pairs.slice(2);
  const fault = regularFault(headers);
  if (fault !== undefined) return fault;
  const length = lengthOf(headers);
  if (typeof length === "string") return length;
  const status = Number(value);
  const contentLength = BODILESS.includes(status) ? undefined : length;
  return { status, headers, contentLength };
}
