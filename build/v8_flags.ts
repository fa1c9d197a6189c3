/**
 * Baked into the binary; the benches of wire, client, state and engine run ours by the same.
 *
 * - A regular expression that backtracks without end is handed to the engine that cannot, a second line behind RE2 syntax.
 * - Nothing is allocated among old objects at once. V8 does so after a while for what a request consists of, and each that lies
 *   there keeps the younger ones that it refers to from the quick collector: a sixth of the time of a call over HTTP/1.1.
 */
export const V8_FLAGS = [
  "--enable-experimental-regexp-engine-on-excessive-backtracks",
  "--no-allocation-site-pretenuring",
].join(",");

/** The same, and V8 compiles every function with its module and not when it first runs: its code is in what is kept. */
export const EAGER_V8_FLAGS = `${V8_FLAGS},--no-lazy`;
