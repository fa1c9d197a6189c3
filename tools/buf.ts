/** buf, pinned: lint, breaking changes and generation of proto/. */

/** Later versions may lint more: raise it in a change of its own. */
const BUF = "@bufbuild/buf@1.75.0";

/** The words that run buf with `args`; the folder to run it in is {@linkcode PROTO}. */
export function bufWords(...args: readonly string[]): [string, ...string[]] {
  return ["npx", "--yes", "--loglevel=error", BUF, ...args];
}

/** Where buf runs: its configuration and the .proto files are there. */
export const PROTO = "proto";

/** What the wire promised so far, as a compiled set of descriptors, in {@linkcode PROTO}. */
export const BASELINE = "baseline.binpb";
