/** Limits and facts of this process. */
import { CLOCK, RLIMIT } from "./constants.ts";
import type { Kernel } from "./kernel.ts";
import type { Libc } from "./libc.ts";

/** The calls about this process itself. */
export function selfCalls(
  libc: Libc,
): Pick<Kernel, "setOpenFilesLimit" | "trimHeap" | "uptimeMs" | "euid"> {
  return {
    setOpenFilesLimit(limit) {
      if (libc.call.setrlimit(RLIMIT.NOFILE, new BigUint64Array([limit, limit])) !== 0) {
        throw libc.refused("setrlimit", `${limit}`);
      }
    },
    async trimHeap() {
      await libc.call.malloc_trim_outside(0n);
    },
    uptimeMs() {
      // struct timespec: two s64, seconds and nanoseconds.
      const time = new BigInt64Array(2);
      if (libc.call.clock_gettime(CLOCK.BOOTTIME, time) !== 0) {
        throw libc.refused("clock_gettime", "CLOCK_BOOTTIME");
      }
      const [seconds = 0n, nanoseconds = 0n] = time;
      return Number(seconds) * 1e3 + Number(nanoseconds) / 1e6;
    },
    euid: () => libc.call.geteuid(),
  };
}
