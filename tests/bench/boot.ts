/**
 * Boots a static C init, a compiled hello server, busybox doing the same mounts and Strata with the
 * same kernel, interleaved in one run, and says how Strata's boot compares: `deno task bench:boot [--rounds N] [--json FILE]
 * [--beside IMAGE]`. IMAGE is the directory of another commit's image, which boots in each round too: ratios of two runs
 * do not compare, since the divisor is a boot of one program.
 */
import { parseArgs } from "node:util";
import { join } from "@std/path/posix";
import { cacheDirectory, directoryCache } from "../../build/cache.ts";
import { requireTools } from "../../build/host_tools.ts";
import { buildImage, imageTools } from "../../build/image.ts";
import { humanBytes, standardProgress } from "../../build/progress.ts";
import { openWorkshop } from "../../build/workshop.ts";
import { isEmulatorFault } from "../vm/emulator_fault.ts";
import {
  ATTEMPTS_MAX,
  bootMachine,
  type MachineOptions,
  makeDisk,
  type TestMachine,
} from "../vm/machine.ts";
import {
  busyboxMilestones,
  clockOffset,
  median,
  rivalUp,
  type StrataMilestones,
  strataMilestones,
} from "./boot_milestones.ts";
import { BUSYBOX_ARGUMENTS, packRivals, type Rivals, sameKernel } from "./boot_rivals.ts";

/** What the boot is to keep. */
const AIM = { ratio: 1.6, rssBytes: 95e6, imageBytes: 90e6 };

/** Rounds at most: a run of an hour. */
const ROUNDS_MAX = 100;

/** What a machine does right after its start is not what it does idle. */
const IDLE_MS = 5_000;

/** One boot of Strata. */
interface StrataBoot extends StrataMilestones {
  readonly rssBytes: number;
}

/** What was measured. */
interface Measured {
  readonly c: number[];
  readonly hello: number[];
  readonly busybox: { readonly root: number; readonly data: number; readonly up: number }[];
  readonly strata: StrataBoot[];
  /** Of the other image, when it is ready. */
  readonly beside: number[];
}

/** An image, and the disk that its /var is on. */
interface Booted {
  readonly image: string;
  readonly disk: string;
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "string" },
      rounds: { type: "string", default: "3" },
      beside: { type: "string" },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
    throw new RangeError(`Cannot run ${values.rounds} rounds: may be 1 to ${ROUNDS_MAX}`);
  }
  const progress = standardProgress();
  const cache = directoryCache(cacheDirectory((name) => Deno.env.get(name)));
  const root = join(import.meta.dirname ?? Deno.cwd(), "../..");
  const signal = AbortSignal.timeout(3_600_000);
  const workshop = await openWorkshop(root, { cache, progress, signal });
  await requireTools(workshop, [...imageTools("probe"), "qemu-system-x86_64"]);
  const image = await buildImage(workshop, { flavour: "shipped" });

  const directory = await Deno.makeTempDir({ prefix: "strata-bench-" });
  try {
    const rivals = await packRivals(workshop, { image, directory });
    if (!(await sameKernel(image, rivals.c))) throw new Error("Cannot compare: kernels differ");
    const beside = await otherImage(values.beside, { image, directory });
    const disk = await makeDisk(join(directory, "data.img"));
    const first = await bootStrata(image, disk);
    progress.line(`  first boot       ready ${ms(first.ready)}, of which mkfs is in "var"`);
    const measured: Measured = { c: [], hello: [], busybox: [], strata: [], beside: [] };
    for (let round = 1; round <= rounds; round++) {
      await measure(measured, { image, rivals, disk, beside });
      const [c, hello] = [measured.c.at(-1) ?? 0, measured.hello.at(-1) ?? 0];
      const strata = measured.strata.at(-1)?.ready ?? 0;
      progress.line(
        `  round ${round}          C ${ms(c)}, hello ${ms(hello)}, Strata ${ms(strata)}`,
      );
    }
    const result = await report({ image, first, measured, line: progress.line });
    if (values.json !== undefined) {
      await Deno.writeTextFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return 0;
}

/** The image that boots beside ours, where one was named; its first boot is over. */
async function otherImage(
  image: string | undefined,
  ours: { readonly image: string; readonly directory: string },
): Promise<Booted | undefined> {
  if (image === undefined) return undefined;
  if (!(await sameKernel(ours.image, image))) {
    throw new Error(`Cannot compare: the kernel of "${image}" differs`);
  }
  const disk = await makeDisk(join(ours.directory, "beside.img"));
  await bootOther({ image, disk });
  return { image, disk };
}

/** One round: each boots once. The disk's /var is there already. */
async function measure(
  into: Measured,
  of: Booted & { readonly rivals: Rivals; readonly beside: Booted | undefined },
): Promise<void> {
  const c = await bootRival(of.rivals.c, /bench: clock/);
  const offset = clockOffset(c);
  into.c.push(rivalUp(c) + offset);
  into.hello.push(rivalUp(await bootRival(of.rivals.hello, /bench: up/)) + offset);
  const { root, data, up } = busyboxMilestones(await bootBusybox(of.rivals.busybox, of.disk));
  into.busybox.push({ root: root + offset, data: data + offset, up: up + offset });
  into.strata.push(await bootStrata(of.image, of.disk));
  if (of.beside !== undefined) into.beside.push(await bootOther(of.beside));
}

/** @param last What it says last. */
function bootRival(image: string, last: RegExp): Promise<string> {
  return consoleOf({ image }, (machine) => machine.waitConsole(last));
}

/** Waits for its end: it unmounts the disk that Strata boots from next. */
function bootBusybox(image: string, disk: string): Promise<string> {
  const options = { image, disks: [disk], kernelArgs: BUSYBOX_ARGUMENTS };
  return consoleOf(options, (machine) => machine.waitExit());
}

/** A rival's console when it is where `wait` waits for. One that the emulator ended begins again, as a machine of ours does. */
async function consoleOf(
  options: Pick<MachineOptions, "image" | "disks" | "kernelArgs">,
  wait: (machine: TestMachine) => Promise<unknown>,
): Promise<string> {
  for (let attempt = 1;; attempt++) {
    await using machine = await bootMachine({
      ...options,
      waitReady: "nothing",
      onReboot: "exit",
    });
    const waited = await wait(machine).then(() => undefined, (error: unknown) => ({ error }));
    const console = await machine.console();
    if (attempt < ATTEMPTS_MAX && isEmulatorFault(console)) continue;
    if (waited !== undefined) throw waited.error;
    return console;
  }
}

async function bootStrata(image: string, disk: string): Promise<StrataBoot> {
  await using machine = await bootMachine({ image, disks: [disk] });
  await machine.waitConsole(/ ready on /);
  const milestones = strataMilestones(await machine.console());
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const rssBytes = await residentBytes(machine);
  await machine.stop();
  return { ...milestones, rssBytes };
}

/** When it is ready, in milliseconds. Asks it for nothing that another commit may not have. */
async function bootOther({ image, disk }: Booted): Promise<number> {
  await using machine = await bootMachine({ image, disks: [disk] });
  await machine.waitConsole(/ ready on /);
  const { ready } = strataMilestones(await machine.console());
  await machine.stop();
  return ready;
}

/** PID 1's resident memory, by the machine's own Read. */
async function residentBytes(machine: TestMachine): Promise<number> {
  const question = new TextEncoder().encode(JSON.stringify({ path: "/proc/1/status" }));
  const response = await machine.http("/machine.MachineService/Read", {
    method: "POST",
    headers: { "content-type": "application/connect+json", "connect-protocol-version": "1" },
    body: new Uint8Array([0, ...bigEndian(question.length), ...question]),
  });
  const status = connectMessages(new Uint8Array(await response.arrayBuffer()))
    .map((message) => typeof message["bytes"] === "string" ? atob(message["bytes"]) : "")
    .join("");
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`Cannot read VmRSS: ${response.status} ${status}`);
  return Number(kibibytes) * 1024;
}

function bigEndian(length: number): readonly number[] {
  return [length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255];
}

/** The JSON messages of a Connect stream. @see https://connectrpc.com/docs/protocol */
function connectMessages(bytes: Uint8Array): readonly Record<string, unknown>[] {
  const messages: Record<string, unknown>[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 5 + view.getUint32(at + 1);
    messages.push(JSON.parse(new TextDecoder().decode(bytes.subarray(at + 5, end))));
    at = end;
  }
  return messages;
}

/** One figure of a benchmark. A ratio above 1 says that ours is better. */
interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
}

async function report(
  of: {
    readonly image: string;
    readonly first: StrataBoot;
    readonly measured: Measured;
    readonly line: (text: string) => void;
  },
): Promise<readonly Figure[]> {
  const { measured, first, line } = of;
  const [c, hello] = [median(measured.c), median(measured.hello)];
  const middle = (pick: (boot: StrataBoot) => number): number => median(measured.strata.map(pick));
  const ready = middle((boot) => boot.ready);
  const rssBytes = middle((boot) => boot.rssBytes);
  const imageBytes = await bytesToBoot(of.image);
  const ratio = (ready - c) / (hello - c);
  const judged = (good: boolean): string => good ? "met" : "missed";

  line("");
  line(`Medians of ${measured.c.length} interleaved rounds, since the kernel's start:`);
  line(`  static C init          ${ms(c)}`);
  line(`  hello server listens   ${ms(hello)}`);
  const busybox = (pick: (boot: Measured["busybox"][number]) => number): number =>
    median(measured.busybox.map(pick));
  line(`  busybox root mounted   ${ms(busybox((boot) => boot.root))}`);
  line(`          /var mounted   ${ms(busybox((boot) => boot.data))}`);
  line(`          all mounted    ${ms(busybox((boot) => boot.up))}`);
  line(`  Strata  first line     ${ms(middle((boot) => boot.firstLine))}`);
  line(`          root mounted   ${ms(middle((boot) => boot.root))}`);
  line(`          /var mounted   ${ms(middle((boot) => boot.data))}`);
  line(`          API ready      ${ms(ready)}   (first boot, with mkfs: ${ms(first.ready)})`);
  line(
    `(Strata - C) / (hello - C) = ${ratio.toFixed(2)}, aim ${AIM.ratio}: ${
      judged(ratio <= AIM.ratio)
    }`,
  );
  if (measured.beside.length > 0) {
    const other = (median(measured.beside) - c) / (hello - c);
    const times = (ratio / other).toFixed(2);
    line(
      `the other image: ready ${ms(median(measured.beside))}, ${
        other.toFixed(2)
      }; ours is ${times} of it`,
    );
  }
  line(
    `PID 1 idle, RSS: ${humanBytes(rssBytes)}, aim ${humanBytes(AIM.rssBytes)}: ` +
      judged(rssBytes <= AIM.rssBytes),
  );
  line(
    `kernel + initramfs: ${humanBytes(imageBytes)}, aim ${humanBytes(AIM.imageBytes)}: ` +
      judged(imageBytes <= AIM.imageBytes),
  );
  const overC = (name: string, time: number): Figure => figure(name, "ms", time - c, hello - c);
  return [
    overC("boot: API ready over a C init, against a hello server", ready),
    overC("boot: first JavaScript line over a C init", middle((boot) => boot.firstLine)),
    overC("boot: root mounted over a C init", middle((boot) => boot.root)),
    overC("boot: first boot (mkfs) over a C init", first.ready),
    figure(
      "boot: root mounted, against busybox",
      "ms",
      middle((boot) => boot.root),
      busybox((boot) => boot.root),
    ),
    figure(
      "boot: /var mounted, against busybox",
      "ms",
      middle((boot) => boot.data),
      busybox((boot) => boot.data),
    ),
    figure(
      "boot: API ready, against busybox's mounts alone",
      "ms",
      ready,
      busybox((boot) => boot.up),
    ),
    figure("PID 1 idle RSS, against the aim", "bytes", rssBytes, AIM.rssBytes),
    figure("kernel and initramfs, against the aim", "bytes", imageBytes, AIM.imageBytes),
  ];
}

function figure(name: string, unit: string, ours: number, peer: number): Figure {
  return { name, unit, ours, peer, ratio: peer / ours };
}

async function bytesToBoot(image: string): Promise<number> {
  const sizes = ["vmlinuz", "initramfs"].map((name) => Deno.stat(join(image, name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

function ms(value: number): string {
  return `${value.toFixed(0).padStart(6)} ms`;
}
