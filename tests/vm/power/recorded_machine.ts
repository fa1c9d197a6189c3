/** A machine whose disk is recorded, to be cut off its power at any record. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { bootMachine, type TestMachine } from "../machine.ts";
import { RecordedDisk } from "../nbd/recorded_disk.ts";
import { serveDisk } from "../nbd/server.ts";
import type { LogRecord } from "../nbd/write_log.ts";
import { copySparse } from "./state_maker.ts";

/** A run of a machine, as it lies in a folder: `base.img`, the disk before it, and the log of its writes. */
export interface RecordedRun {
  readonly folder: string;
  /** Records of the log that had come when the power went. */
  readonly records: number;
}

/** How a recorded machine is run. */
export interface RecordedBoot {
  readonly image: string;
  /** A folder that holds `base.img`; all of the run goes there. */
  readonly folder: string;
  /** Told of each record, before it is answered. */
  readonly seen?: (record: LogRecord, index: number) => void;
}

/** A machine that runs. Disposing of it cuts its power. */
export interface RecordedMachine extends AsyncDisposable {
  readonly machine: TestMachine;
  /** The disk as the machine sees it; gone when the power is cut. */
  readonly livePath: string;
  /** Cuts the power, and closes the record. @throws What went wrong with the disk's server. */
  cut(): Promise<RecordedRun>;
}

const KERNEL_ARGUMENTS = [
  // Without it the kernel drops all but a few of the acknowledgements.
  "printk.devkmsg=on",
  // An emulator on a busy host may be late with the first ticks, which the kernel takes for a broken timer.
  "no_timer_check",
];

/** Starts a machine, and waits for the agent's first line: before it nobody writes, and emulators have faults. */
export async function startRecorded(boot: RecordedBoot): Promise<RecordedMachine> {
  const { folder, image } = boot;
  await copySparse(join(folder, "base.img"), join(folder, "live.img"));
  await using undo = new AsyncDisposableStack();
  const consoleLog = join(folder, "console.log");
  await Deno.writeTextFile(consoleLog, "");
  const disk = undo.use(
    new RecordedDisk({ image: join(folder, "live.img"), log: folder }, {
      witness: () => Deno.statSync(consoleLog).size,
      ...(boot.seen && { seen: boot.seen }),
    }),
  );
  const socket = join(folder, "disk.sock");
  const server = undo.use(serveDisk(disk, socket));
  const machine = undo.use(
    await bootMachine({
      image,
      dir: folder,
      disks: [`nbd:unix:${socket}`],
      kernelArgs: KERNEL_ARGUMENTS,
      waitReady: "agent",
      onReboot: "exit",
    }),
  );
  const owned = undo.move();
  let ended = false;
  const end = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    await owned.disposeAsync();
    await Deno.remove(join(folder, "live.img"));
  };
  return {
    machine,
    livePath: join(folder, "live.img"),
    async cut() {
      await machine.powerCut();
      await server.idle();
      await end();
      return { folder, records: disk.records };
    },
    [Symbol.asyncDispose]: end,
  };
}
