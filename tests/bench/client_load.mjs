/** The load that every client of tests/bench/client.ts puts on the same server, in whichever engine it runs. */

/** Calls in flight at once. */
const IN_FLIGHT = 64;

/** Calls one after the other, of which each is timed. */
const SEQUENTIAL = 3_000;

/**
 * @param {() => Promise<unknown>} call Makes one call.
 * @param {number} calls With many in flight; half as many go before, unmeasured.
 * @returns {Promise<{ perSecond: number, medianUs: number }>}
 */
async function measureCalls(call, calls) {
  await many(call, calls / 2);
  const start = performance.now();
  await many(call, calls);
  const perSecond = calls / (performance.now() - start) * 1000;
  const times = [];
  for (let count = 0; count < SEQUENTIAL; count++) {
    const before = performance.now();
    await call();
    times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  return { perSecond, medianUs: (times[SEQUENTIAL / 2] ?? 0) * 1000 };
}

/** @param {() => Promise<unknown>} call @param {number} calls */
async function many(call, calls) {
  let left = calls;
  const worker = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

// The types are above; the language has no place for them in the function itself.
export { measureCalls };
