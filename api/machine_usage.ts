/** What a machine uses of itself, as machine.MachineService answers it. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type DiskStatSchema,
  type MachineService as MachineDescriptor,
  MemInfoSchema,
  type NetDevSchema,
} from "../proto/gen/machine/machine_pb.ts";
import { cpuInfo } from "./cpu_info.ts";
import type { CounterFacts, SystemFacts, UsagePort } from "./usage_port.ts";

type Calls = Pick<
  ServiceImpl<typeof MachineDescriptor>,
  | "hostname"
  | "memory"
  | "loadAvg"
  | "systemStat"
  | "processes"
  | "cPUInfo"
  | "diskStats"
  | "networkDeviceStats"
>;

/** Makes the methods. */
export function machineUsage(usage: UsagePort): Calls {
  return {
    hostname() {
      return { messages: [{ hostname: usage.hostname() }] };
    },
    memory() {
      return { messages: [{ meminfo: memInfo(usage.memory()) }] };
    },
    loadAvg() {
      return { messages: [usage.load()] };
    },
    systemStat() {
      return { messages: [systemStat(usage.system())] };
    },
    async processes(_, { signal }) {
      return { messages: [{ processes: [...await usage.processes(signal)] }] };
    },
    cPUInfo() {
      return { messages: [{ cpuInfo: usage.processors().map(cpuInfo) }] };
    },
    diskStats() {
      const devices = usage.disks();
      const total = diskStat({ name: "total", counters: sums(devices) });
      return { messages: [{ total, devices: devices.map(diskStat) }] };
    },
    networkDeviceStats() {
      const devices = usage.networkDevices();
      const total = netDev({ name: "total", counters: sums(devices) });
      return { messages: [{ total, devices: devices.map(netDev) }] };
    },
  };
}

/** The lines that the message has fields for; those that a kernel lacks are 0. */
function memInfo(
  lines: ReadonlyMap<string, bigint>,
): Readonly<Record<string, bigint>> & MessageInitShape<typeof MemInfoSchema> {
  const fields = MemInfoSchema.fields.map(({ name, localName }) => [
    localName,
    lines.get(name) ?? 0n,
  ]);
  return Object.fromEntries(fields);
}

function systemStat({ softIrq, cpu, irq, ...facts }: SystemFacts) {
  const [hi, timer, netTx, netRx, block, blockIoPoll, tasklet, sched, hrtimer, rcu] = softIrq;
  const kinds = { hi, timer, netTx, netRx, block, blockIoPoll, tasklet, sched, hrtimer, rcu };
  const known = Object.entries(kinds).map(([kind, count]) => [kind, count ?? 0n]);
  return { ...facts, cpu: [...cpu], irq: [...irq], softIrq: Object.fromEntries(known) };
}

/** Counter by counter. */
function sums(devices: readonly CounterFacts[]): readonly bigint[] {
  const total: bigint[] = [];
  for (const { counters } of devices) {
    for (const [at, count] of counters.entries()) total[at] = (total[at] ?? 0n) + count;
  }
  return total;
}

function diskStat({ name, counters }: CounterFacts): MessageInitShape<typeof DiskStatSchema> {
  const at = (index: number): bigint => counters[index] ?? 0n;
  return {
    name,
    readCompleted: at(0),
    readMerged: at(1),
    readSectors: at(2),
    readTimeMs: at(3),
    writeCompleted: at(4),
    writeMerged: at(5),
    writeSectors: at(6),
    writeTimeMs: at(7),
    ioInProgress: at(8),
    ioTimeMs: at(9),
    ioTimeWeightedMs: at(10),
    discardCompleted: at(11),
    discardMerged: at(12),
    discardSectors: at(13),
    discardTimeMs: at(14),
  };
}

function netDev({ name, counters }: CounterFacts): MessageInitShape<typeof NetDevSchema> {
  const at = (index: number): bigint => counters[index] ?? 0n;
  return {
    name,
    rxBytes: at(0),
    rxPackets: at(1),
    rxErrors: at(2),
    rxDropped: at(3),
    rxFifo: at(4),
    rxFrame: at(5),
    rxCompressed: at(6),
    rxMulticast: at(7),
    txBytes: at(8),
    txPackets: at(9),
    txErrors: at(10),
    txDropped: at(11),
    txFifo: at(12),
    txCollisions: at(13),
    txCarrier: at(14),
    txCompressed: at(15),
  };
}
