/** The query of a URL: known parameters only, each read once. */
import type { LabelQuery, Query } from "../runtime/core/state.ts";
import { parseLabelSelector } from "./label_selector.ts";
import { ID_REGEXP_LENGTH_MAX, LABEL_TERMS_MAX } from "./limits.ts";
import { badQuery } from "./problem.ts";
import type { RequestUrl } from "./request_url.ts";

const INTEGER_REGEXP = /^\d{1,9}$/;

/** Refuses parameters that mean nothing. @throws {Problem} 400, naming the parameter. */
export function refuseParameters(url: RequestUrl, known: readonly string[]): void {
  if (url.search === "") return;
  for (const name of url.searchParams.keys()) {
    if (known.includes(name)) continue;
    const may = known.length === 0 ? "none is known here" : `it may be ${known.join(", ")}`;
    throw badQuery(`unknown query parameter "${name.slice(0, 64)}": ${may}`);
  }
}

/** Whether `Accept` names a media type, in any case, and does not refuse it by `q=0`. */
export function accepts(request: Request, mediaType: string): boolean {
  return (request.headers.get("accept") ?? "").toLowerCase().split(",").some((range) => {
    const [named = "", ...parameters] = range.split(";").map((part) => part.trim());
    return named === mediaType && !parameters.some((each) => /^q=0(\.0*)?$/.test(each));
  });
}

/** Whether `?name`, `?name=true` or `?name=1` is there. @throws {Problem} 400. */
export function flag(url: RequestUrl, name: string): boolean {
  if (url.search === "") return false;
  const value = url.searchParams.get(name);
  if (value === null || value === "false" || value === "0") return false;
  if (value === "" || value === "true" || value === "1") return true;
  throw badQuery(`${name} is "${value.slice(0, 64)}", and may be true or false`);
}

/** A whole number. @returns Undefined, where it is not given. @throws {Problem} 400. */
export function wholeNumber(
  url: RequestUrl,
  { name, max }: { readonly name: string; readonly max: number },
): number | undefined {
  const value = url.searchParams.get(name);
  if (value === null) return undefined;
  if (INTEGER_REGEXP.test(value) && Number(value) <= max) return Number(value);
  throw badQuery(`${name} is "${value.slice(0, 64)}", and may be 0 … ${max}`);
}

/** `?label=…` (repeated: any of them) and `?id=RE2`. @throws {Problem} 400. */
export function resourceQuery(url: RequestUrl): Query {
  const labels: LabelQuery[] = url.searchParams.getAll("label").map(parseLabelSelector);
  const terms = labels.reduce((sum, query) => sum + query.length, 0);
  if (terms > LABEL_TERMS_MAX) {
    throw badQuery(`label has ${terms} terms, and may have ${LABEL_TERMS_MAX}`);
  }
  const id = url.searchParams.get("id") ?? "";
  if (id.length > ID_REGEXP_LENGTH_MAX) {
    throw badQuery(`id has ${id.length} characters, and may have ${ID_REGEXP_LENGTH_MAX}`);
  }
  return { ...(labels.length > 0 ? { labels } : {}), ...(id === "" ? {} : { id }) };
}
