/** Who makes a call, as far as the handlers of Connect need it. */
import { type ContextKey, createContextKey } from "@connectrpc/connect";

/** A caller that was let in. */
export interface Caller {
  /** Its identity for causes and logs, such as `os:admin`. */
  readonly actor: string;
  /** Its address on TCP, for bounds; absent on unix sockets. */
  readonly client?: string;
  /** Names the request in causes and logs. */
  readonly request: string;
}

/** Set on every call by the routes. */
export const CALLER: ContextKey<Caller> = createContextKey<Caller>(
  { actor: "", request: "" },
  { description: "caller" },
);
