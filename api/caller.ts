/** Who makes a call, as far as its handler needs it. */
import type { Random } from "../runtime/core/ports.ts";
import { type ContextKey, createContextKey } from "@connectrpc/connect";
import { type Identity, NOBODY } from "./authorization/roles.ts";

/** A caller that was let in. */
export interface Caller {
  readonly identity: Identity;
  /** Its address on TCP, for bounds; absent on unix sockets. */
  readonly client?: string;
  /** Names the request in causes. */
  readonly request: string;
}

/** Characters of what a request calls that go into its name, so that the number behind it is never cut off. */
const CALLED_MAX = 128;

/** `PACKAGE.SERVICE/METHOD` or the method of HTTP, and a number that tells it from others of its time. */
export function requestName(called: string, random: Random): string {
  return `${called.slice(0, CALLED_MAX)} ${random.uint32().toString(16).padStart(8, "0")}`;
}

/** Set on every call by the routes. */
export const CALLER: ContextKey<Caller> = createContextKey<Caller>(
  { identity: NOBODY, request: "" },
  { description: "caller" },
);
