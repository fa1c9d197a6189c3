/** The kernel's log as lines for the wire. */
import type { KernelLogPort, KernelLogRequest } from "../api/kernel_log_port.ts";
import { MachineError } from "../api/machine_port.ts";
import { parseKernelRecord } from "../fs/kernel_record.ts";
import type { Kernel, KernelLog } from "../fs/kernel/kernel.ts";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import type { Clock } from "../runtime/core/ports.ts";
import { formatTimestamp } from "../runtime/core/timestamp.ts";
import { KernelLogBell } from "./kernel_log_bell.ts";
import { ReaderPlaces } from "./reader_places.ts";

/** Readers at once: each has a file open. */
export const KERNEL_LOG_READERS_MAX = 64;

/** The same of callers at one address: a quarter, so that others can look as well. */
export const KERNEL_LOG_READERS_PER_CLIENT_MAX = 16;

/** Records read before others get a turn of the event loop: a millisecond or so of system calls. */
const RECORDS_A_TURN = 256;

/** Columns of the longest name of a priority. */
const PRIORITY_WIDTH = 7;

/** What stands for records that the kernel has written over before they were read. */
const OVERRUN = "records before this line were overwritten before they could be read";

/** Makes the port. Whoever follows waits at no cost of their own: one thread waits for all of them. */
export function kernelLogPort(
  { kernel, clock }: { readonly kernel: Kernel; readonly clock: Clock },
): KernelLogPort {
  const bell = new KernelLogBell(kernel);
  const places = new ReaderPlaces({
    what: "the kernel's log",
    total: KERNEL_LOG_READERS_MAX,
    perClient: KERNEL_LOG_READERS_PER_CLIENT_MAX,
  });

  async function* read(request: KernelLogRequest): AsyncGenerator<string> {
    const { follow, onlyNew, signal, client } = request;
    using _place = places.take(client);
    try {
      using log = kernel.openKernelLog(onlyNew ? "newest" : "oldest");
      using _ = follow ? bell.join() : undefined;
      for (;;) {
        // Asked for before the log is read, so that what comes while it is read rings too.
        const rings = follow ? bell.next(signal) : undefined;
        rings?.catch(() => {}); // Whoever leaves while lines are taken does not wait for it.
        yield* linesThere(log, { kernel, clock, signal });
        if (rings === undefined) return;
        await rings;
      }
    } catch (error) {
      throw machineError(error);
    }
  }

  return { read };
}

/** Lines that can be had without waiting. */
async function* linesThere(
  log: KernelLog,
  { kernel, clock, signal }: {
    readonly kernel: Kernel;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<string> {
  const start = startNanos(kernel, clock);
  for (let count = 1;; count++) {
    signal.throwIfAborted();
    if (count % RECORDS_A_TURN === 0) await clock.sleep(0);
    const record = log.next();
    if (record === undefined) return;
    if (record === "overrun") {
      yield line("strata", "warning", { nanos: nowNanos(clock), text: OVERRUN });
      continue;
    }
    const { facility, priority, micros, text } = parseKernelRecord(
      new TextDecoder().decode(record),
    );
    yield line(facility, priority, { nanos: start + micros * 1000n, text });
  }
}

function line(
  facility: string,
  priority: string,
  { nanos, text }: { readonly nanos: bigint; readonly text: string },
): string {
  const seconds = nanos / 1_000_000_000n;
  const time = formatTimestamp({ seconds, nanos: Number(nanos % 1_000_000_000n) });
  return `${facility}: ${priority.padStart(PRIORITY_WIDTH)}: [${time}]: ${text}\n`;
}

/** When the kernel started, by the wall clock as it is now. */
function startNanos(kernel: Kernel, clock: Clock): bigint {
  const start = nowNanos(clock) - BigInt(Math.round(kernel.uptimeMs() * 1_000_000));
  return start > 0n ? start : 0n;
}

function nowNanos(clock: Clock): bigint {
  const { seconds, nanos } = clock.now();
  return seconds * 1_000_000_000n + BigInt(nanos);
}

function machineError(error: unknown): unknown {
  if (!(error instanceof SyscallError)) return error;
  const words = "Cannot read the kernel's log";
  if (error.is("ENOENT", "ENXIO", "ENODEV")) {
    return new MachineError("not-found", `${words}: there is no /dev/kmsg`, { cause: error });
  }
  if (error.is("EPERM", "EACCES")) {
    const detail = `${words}: the kernel does not let this agent, which runs without root`;
    return new MachineError("denied", detail, { cause: error });
  }
  const detail = `${words}: the kernel says ${error.code} (${error.errno})`;
  return new MachineError("invalid", detail, { cause: error });
}
