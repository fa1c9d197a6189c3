/**
 * How long it takes until a program runs with few rights, and what memory that takes, by our launcher, by util-linux, and
 * by the agent's own runtime, interleaved in one run: `deno task bench:launch [--rounds N] [--json FILE]`. Needs root.
 *
 * Ours does the most: a group, every bound, and a root of its own but where it says without. unshare and setpriv give a
 * mount namespace, user and capabilities; the runtime gives a namespace and a user.
 */
import { parseArgs } from "node:util";
import { join } from "@std/path/posix";
import { launcher } from "../../build/launcher.ts";
import { makeCgroup, removeCgroup } from "../../fs/cgroup.ts";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import type { ProcessRequest } from "../../fs/kernel/process_calls.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { quantile } from "./figures.ts";
import { say } from "./programs.ts";

/** Rounds at most: a run of some minutes. */
const ROUNDS_MAX = 100;
/** Starts in a round, of each; the runtime is slow. */
const STARTS = { bare: 40, ours: 40, "without root": 40, "util-linux": 40, runtime: 4 } as const;
/** Nobody's. */
const USER = 65_534;
const PROGRAM = "/bin/true";

type Side = keyof typeof STARTS;

/** A process that was started. */
interface Started {
  readonly pid: number;
  readonly ended: Promise<unknown>;
}

/** A way to start one. */
interface Starter {
  readonly start: () => Started;
  /** Programs that it is before it is the one that was asked for. */
  readonly launchers: readonly string[];
}

const SETPRIV = [
  ...["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups", "--no-new-privs"],
  ...["--bounding-set=-all", "--inh-caps=-all", "--"],
];

async function starters(
  kernel: Kernel,
  places: { readonly cgroup: string; readonly launcher: string },
): Promise<Readonly<Record<Side, Starter>>> {
  const { cgroup } = places;
  const request: ProcessRequest = {
    command: [PROGRAM],
    environment: [],
    directory: "/",
    uid: USER,
    gid: USER,
    groups: [],
    capabilities: [],
    mayGainPrivileges: false,
    cgroup,
    openFilesMax: 1024,
    oomScoreAdjust: 0,
    root: ["/bin", "/lib", "/lib64", "/usr"].map((path) => ({
      kind: "bind",
      source: path,
      target: path,
      writable: false,
    })),
  };
  const script = join(import.meta.dirname ?? Deno.cwd(), "launch_runtime.ts");
  const deno = ["run", "-q", "-A", "--no-check", "--cached-only", script, PROGRAM, `${USER}`];
  const { root: _root, ...plain } = request;
  const launchers = [places.launcher];
  const ul = ["--mount", "--propagation=private", "--", ...SETPRIV, PROGRAM];
  const tools = await Promise.all(
    ["unshare", "setpriv"].map((name) => Deno.realPath(`/usr/bin/${name}`)),
  );
  return {
    bare: { start: () => spawned(PROGRAM, []), launchers: [] },
    ours: { start: () => kept(kernel, request), launchers },
    "without root": { start: () => kept(kernel, plain), launchers },
    "util-linux": { start: () => spawned("unshare", ul), launchers: tools },
    runtime: {
      start: () => spawned(Deno.execPath(), deno),
      launchers: [await Deno.realPath(Deno.execPath())],
    },
  };
}

function kept(kernel: Kernel, request: ProcessRequest): Started {
  const running = kernel.startProcess(request);
  const outputs = [running.stdout, running.stderr].map((output) => output.cancel());
  const ended = running.ended.then((end) => {
    if (end.refused !== undefined) throw end.refused;
    return Promise.all(outputs);
  });
  return { pid: running.pid, ended };
}

function spawned(program: string, args: readonly string[]): Started {
  const child = new Deno.Command(program, {
    args: [...args],
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const ended = child.status.then(({ code }) => {
    if (code !== 0) throw new Error(`Cannot start by ${program}: it ended with ${code}`);
  });
  return { pid: child.pid, ended };
}

/** Milliseconds of one start, until the program has ended. */
async function startMs(start: () => Started, times: number): Promise<number> {
  const sinceMs = performance.now();
  for (let time = 0; time < times; time++) await start().ended;
  return (performance.now() - sinceMs) / times;
}

/** The most memory, in KiB of its own and its share of what others have too, that was seen of a launcher. */
async function memoryKib({ start, launchers }: Starter, times: number): Promise<number> {
  let most = 0;
  for (let time = 0; time < times; time++) {
    const { pid, ended } = start();
    most = Math.max(most, watchMemory(pid, launchers));
    await ended;
  }
  return most;
}

/** Looks as often as it can: nothing else is done meanwhile. */
function watchMemory(pid: number, launchers: readonly string[]): number {
  const own = Deno.readTextFileSync("/proc/self/cmdline");
  let most = 0;
  const lateMs = performance.now() + 10_000;
  while (performance.now() < lateMs) {
    try {
      const before = Deno.readLinkSync(`/proc/${pid}/exe`);
      const words = Deno.readTextFileSync(`/proc/${pid}/cmdline`);
      const rollup = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
      if (words === own) continue; // A copy of this process still.
      if (!launchers.includes(before)) return most;
      if (before !== Deno.readLinkSync(`/proc/${pid}/exe`)) continue;
      most = Math.max(most, Number(/^Pss: +(\d+) kB$/m.exec(rollup)?.[1] ?? 0));
    } catch {
      return most; // It ended.
    }
  }
  throw new Error(`Cannot watch ${pid}: it did not end in 10 s`);
}

/** Where groups of version 2 are mounted. */
export async function cgroupMount(): Promise<string> {
  const lines = (await Deno.readTextFile("/proc/self/mountinfo")).split("\n");
  const found = lines.find((line) => line.includes(" - cgroup2 "))?.split(" ")[4];
  if (found === undefined) throw new Error("Cannot start processes: no cgroup2 is mounted");
  return found;
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: "string" }, rounds: { type: "string", default: "5" } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
    throw new RangeError(`Cannot run ${values.rounds} rounds: may be 1 to ${ROUNDS_MAX}`);
  }
  const directory = await Deno.makeTempDir({ prefix: "strata-bench-" });
  const path = join(directory, "launch");
  await Deno.writeFile(path, launcher(), { mode: 0o755 });
  const kernel = openLinux({ launcher: path });
  const cgroup = join(await cgroupMount(), `strata-bench-${Deno.pid}`);
  makeCgroup(kernel, cgroup, {});
  try {
    const figures = await measured(await starters(kernel, { cgroup, launcher: path }), rounds);
    await say(`Medians of ${rounds} interleaved rounds, without what a bare start takes:`);
    for (const { side, ms, kib } of figures) {
      const [time, memory] = [ms / (figures[0]?.ms ?? 0), kib / (figures[0]?.kib ?? 0)];
      await say(
        `  ${side.padEnd(12)} ${ms.toFixed(2).padStart(8)} ms (${time.toFixed(1)} x ours)` +
          ` ${kib.toFixed(0).padStart(8)} KiB (${memory.toFixed(1)} x ours)`,
      );
    }
    if (values.json !== undefined) {
      await Deno.writeTextFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
    }
  } finally {
    removeCgroup(kernel, cgroup);
    await Deno.remove(directory, { recursive: true });
  }
}

/** Time and memory of each side; ours is the first. */
async function measured(
  starters: Readonly<Record<Side, Starter>>,
  rounds: number,
): Promise<readonly { readonly side: Side; readonly ms: number; readonly kib: number }[]> {
  const sides = ["ours", "without root", "util-linux", "runtime"] as const;
  const times = new Map<Side, number[]>(sides.map((side) => [side, []]));
  const memory = new Map<Side, number>();
  for (let round = 0; round < rounds; round++) {
    const bareMs = await startMs(starters.bare.start, STARTS.bare);
    for (const side of sides) {
      times.get(side)?.push(await startMs(starters[side].start, STARTS[side]) - bareMs);
      const kib = await memoryKib(starters[side], STARTS[side]);
      memory.set(side, Math.max(kib, memory.get(side) ?? 0));
    }
  }
  return sides.map((side) => ({
    side,
    ms: quantile(times.get(side) ?? [], 0.5),
    kib: memory.get(side) ?? Number.NaN,
  }));
}

if (import.meta.main) await main(Deno.args);
