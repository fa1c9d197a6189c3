/** The HTTP API over a state in memory, asked as its clients ask. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { apiFixture } from "./api.ts";

/** Where resources are. */
export const BASE = "/api/v1/resources";

/** One that tests write. */
export const HOSTS = `${BASE}/fs/EtcFileSpecs.fs.strata/hosts`;

const JSON_TYPE = { "content-type": "application/json" };
const PATCH_TYPE = { "content-type": "application/merge-patch+json" };

/** A refusal. */
export interface ToldProblem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly headers: Headers;
}

/** What a refusal says. @throws {AssertionError} It is none. */
export async function problem(response: Response | Promise<Response>): Promise<ToldProblem> {
  const answer = await response;
  assertEquals(answer.headers.get("content-type"), "application/problem+json");
  assertEquals(answer.headers.get("x-content-type-options"), "nosniff");
  const { status, code, detail } = await answer.json();
  assertEquals(status, answer.status);
  return { status, code, detail: String(detail), headers: answer.headers };
}

/** An API, and how it is written to. */
export interface HttpFixture extends ReturnType<typeof apiFixture> {
  /** Asks with a body: text as it is, all else as JSON. */
  send(method: string, path: string, body: unknown, headers?: HeadersInit): Promise<Response>;
  /** A merge patch. */
  patch(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** An API of its own. */
export function httpFixture(): HttpFixture {
  const made = apiFixture();
  const send: HttpFixture["send"] = (method, path, body, headers = JSON_TYPE) =>
    made.ask(path, {
      method,
      headers,
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const patch: HttpFixture["patch"] = (path, body, headers = {}) =>
    send("PATCH", path, body, { ...PATCH_TYPE, ...headers });
  return { ...made, send, patch };
}
