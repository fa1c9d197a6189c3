/**
 * Entity tags: `"VERSION-CREATED"`. CREATED is in nanoseconds, since versions start again after a destroy.
 */
import { versionText } from "../runtime/core/metadata.ts";
import type { Metadata } from "../runtime/core/resource.ts";
import { badQuery } from "./problem.ts";

const NANOS_PER_SECOND = 1_000_000_000n;
const TAG_REGEXP = /^"[^"]*"$/;

/** The tag of a stored resource. */
export function etagOf({ version, created }: Metadata): string {
  const nanos = created.seconds * NANOS_PER_SECOND + BigInt(created.nanos);
  return `"${versionText(version)}-${nanos}"`;
}

/** Whether `If-None-Match` names the tag: a list of tags, weak or strong, or `*`. */
export function noneMatch(header: string | null, tag: string): boolean {
  if (header === null) return false;
  return header.split(",").some((item) => {
    const named = item.trim().replace(/^W\//, "");
    return named === "*" || named === tag;
  });
}

/**
 * The tag that `If-Match` demands.
 *
 * @returns Undefined without the header; `*` stands for whatever there is.
 * @throws {Problem} 400: not one strong tag.
 */
export function ifMatchOf(headers: Headers): string | undefined {
  const header = headers.get("if-match")?.trim();
  if (header === undefined || header === "*" || TAG_REGEXP.test(header)) return header;
  const shown = JSON.stringify(header.slice(0, 64));
  throw badQuery(`Cannot read If-Match: it is ${shown}, may be the ETag of a GET, or *`);
}
