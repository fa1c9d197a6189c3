/**
 * How long the network face is away after somebody killed it: `deno task bench:restart [--rounds N] [--json FILE]`. Needs
 * root.
 *
 * The compiled agent runs in a cgroup and a root of its own, kept by the supervisor as a machine keeps it; the machine's
 * side of it is in the same process as the supervisor, as in PID 1. Its back-off is that of a face which ran for a minute:
 * 250 to 750 ms. In the same rounds the same program is begun by hand: what is more than that and the pause is what
 * keeping takes.
 */
import { parseArgs } from "node:util";
import { join } from "@std/path/posix";
import { compileBinary, openToolchain } from "../../build/binary.ts";
import { cacheDirectory, directoryCache } from "../../build/cache.ts";
import { makeCodeCache } from "../../build/code_cache.ts";
import { launcher } from "../../build/launcher.ts";
import { standardProgress } from "../../build/progress.ts";
import { openWorkshop } from "../../build/workshop.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { ServiceState } from "../../runtime/resources/service.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";
import { type Figure, quantile } from "./figures.ts";
import { cgroupMount } from "./launch.ts";
import { say } from "./programs.ts";
import { bareFace, FaceMachine, KeptFace } from "./restart_faces.ts";

/** Rounds at most: a run of some minutes. */
const ROUNDS_MAX = 100;
/** Signals that end it: after the round, since processes of other sessions would outlive it. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What is measured, in milliseconds, in the order it is told. */
const MEASURED = {
  cleared: "kill -9 to cleared away",
  begun: "kill -9 to the next process begun",
  livez: "kill -9 to /livez",
  grpc: "kill -9 to gRPC",
  pause: "of it the pause",
  beginLivez: "begun to /livez",
  beginGrpc: "begun to gRPC",
  bareLivez: "bare start to /livez",
  bareGrpc: "bare start to gRPC",
  keptLivez: "keeping without pause, to /livez",
  keptGrpc: "keeping without pause, to gRPC",
} as const;

const { WAITING, RUNNING } = ServiceState;

type Measured = Readonly<Record<keyof typeof MEASURED, number>>;

interface Sides {
  readonly program: string;
  readonly kept: { readonly face: KeptFace; readonly machine: FaceMachine };
  /** The machine's side of the one that is begun by hand. */
  readonly bare: FaceMachine;
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: "string" }, rounds: { type: "string", default: "10" } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
    throw new RangeError(`Cannot run ${values.rounds} rounds: may be 1 to ${ROUNDS_MAX}`);
  }
  const stop = new AbortController();
  for (const name of STOP_SIGNALS) {
    Deno.addSignalListener(name, () => stop.abort(new Error(`Ended by ${name}`)));
  }
  const { program, code } = await compiled(stop.signal);
  await using undo = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir({ prefix: "strata-bench-" });
  undo.defer(() => Deno.remove(directory, { recursive: true }));
  const path = join(directory, "launch");
  await Deno.writeFile(path, launcher(), { mode: 0o755 });
  const kernel = openLinux({ launcher: path });
  const cgroup = join(await cgroupMount(), `strata-bench-${Deno.pid}`);
  const certificates = await callerCertificates();
  const machine = undo.use(await FaceMachine.start(join(directory, "kept"), certificates));
  const bare = undo.use(await FaceMachine.start(join(directory, "bare"), certificates));
  const face = undo.use(new KeptFace({ kernel, cgroup, program, code }, machine));
  const all = await measured({ program, kept: { face, machine }, bare }, {
    rounds,
    signal: stop.signal,
  });
  const figures = figuresOf(all);
  await tell(figures, rounds);
  if (values.json !== undefined) {
    await Deno.writeTextFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
}

/** The agent's file, of the sources as they are, and what an image has of the network face's code. */
async function compiled(
  signal: AbortSignal,
): Promise<{ readonly program: string; readonly code: string }> {
  const workshop = await openWorkshop(join(import.meta.dirname ?? Deno.cwd(), "../.."), {
    cache: directoryCache(cacheDirectory((name) => Deno.env.get(name))),
    progress: standardProgress(),
    signal,
  });
  const denort = await openToolchain(workshop);
  const binary = await compileBinary(workshop, { entry: "main.ts", denort });
  const { of } = await makeCodeCache(workshop, binary);
  return { program: binary.path, code: of.apid };
}

async function measured(
  sides: Sides,
  { rounds, signal }: { readonly rounds: number; readonly signal: AbortSignal },
): Promise<readonly Measured[]> {
  const { kept, bare, program } = sides;
  await answersOf(kept);
  await begunByHand(program, bare); // Whatever comes first has the file read.
  const all: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    signal.throwIfAborted();
    const away = await killed(kept);
    const byHand = await begunByHand(program, bare);
    all.push({
      ...away,
      ...byHand,
      keptLivez: away.livez - away.pause - byHand.bareLivez,
      keptGrpc: away.grpc - away.pause - byHand.bareGrpc,
    });
  }
  return all;
}

/** Kills it, and waits until it is back. */
async function killed(kept: Sides["kept"]) {
  const { face } = kept;
  const { pid, restarts } = face.view;
  face.settle();
  const waiting = face.becomes((view) => view.state === WAITING);
  // Told once more of the one that ended: that it is gone.
  const running = face.becomes((view) => view.state === RUNNING && ![0, pid].includes(view.pid));
  const sinceMs = performance.now();
  Deno.kill(pid, "SIGKILL");
  const clearedMs = await waiting;
  const begunMs = await running;
  const { livezMs, grpcMs } = await answersOf(kept);
  if (face.view.restarts !== restarts + 1) {
    throw new Error(`Cannot measure: it was begun ${face.view.restarts - restarts} times`);
  }
  return {
    cleared: clearedMs - sinceMs,
    begun: begunMs - sinceMs,
    livez: livezMs - sinceMs,
    grpc: grpcMs - sinceMs,
    pause: begunMs - clearedMs,
    beginLivez: livezMs - begunMs,
    beginGrpc: grpcMs - begunMs,
  };
}

/** @throws {Error} It does not answer; with what its supervisor says of it. */
async function answersOf({ face, machine }: Sides["kept"]) {
  try {
    return await machine.answers();
  } catch (cause) {
    const { message, lastExit } = face.view;
    throw new Error(`It does not come back: ${message} ${lastExit?.lastLine ?? ""}`, { cause });
  }
}

async function begunByHand(program: string, machine: FaceMachine) {
  const sinceMs = performance.now();
  await using _face = bareFace(program, machine);
  const { livezMs, grpcMs } = await machine.answers();
  return { bareLivez: livezMs - sinceMs, bareGrpc: grpcMs - sinceMs };
}

/** Medians, and maxima as figures of their own. */
function figuresOf(all: readonly Measured[]): readonly Figure[] {
  return (Object.keys(MEASURED) as (keyof Measured)[]).flatMap((key) => {
    const samples = all.map((each) => each[key]);
    const name = MEASURED[key];
    return [
      { name, unit: "ms", value: quantile(samples, 0.5) },
      { name: `${name}, most`, unit: "ms", value: Math.max(...samples) },
    ];
  });
}

async function tell(figures: readonly Figure[], rounds: number): Promise<void> {
  const valueOf = (name: string): string =>
    (figures.find((figure) => figure.name === name)?.value ?? Number.NaN).toFixed(1).padStart(8);
  await say(`Of ${rounds} rounds, in milliseconds${"median".padStart(20)}${"most".padStart(9)}`);
  for (const name of Object.values(MEASURED)) {
    await say(`  ${name.padEnd(38)} ${valueOf(name)} ${valueOf(`${name}, most`)}`);
  }
}

if (import.meta.main) await main(Deno.args);
