/** Each kernel call of a boot is refused once: the machine says so, or does not start at all. */
// @ts-types="../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { refusal } from "../tests/fakes/kernel_tree.ts";
import { beginFakeLife, type FakeLife, furnish, isUp, untilLife } from "../tests/fakes/machine.ts";
import { END_DEADLINE_MS } from "./end_machine.ts";

/** Calls more than this in one life mean that something goes in circles. */
const CALLS_MAX = 2_000;

/** Controllers that wait before they try again are not waited for: the end has tests of its own. */
const END_DEADLINE_MS_SHORT = { ...END_DEADLINE_MS, layers: 20 };

/** Milliseconds that a network face is waited for which a refused call kept from being begun. */
const FACE_MS = 1_000;

/** What is there before a root is, in this order. */
const EARLY = ["/proc", "/sys", "/dev"];

/** What is there once the root is, whatever fails later. */
const ROOTED = [...EARLY, "/usr/bin/strata"];

/** What has to be there for a machine to call itself ready. */
const LAYERS = [
  ...ROOTED,
  ...["/dev/pts", "/dev/shm", "/run", "/tmp", "/system", "/sys/fs/cgroup", "/var"],
  ...["/etc/kubernetes", "/etc/cni", "/opt"],
];

/** Refuses one call, counted from the first. */
class OnceRefusing extends FakeKernel {
  /** Calls since the machine was furnished. */
  count = 0;
  /** What was refused, as `CALL SUBJECT`. */
  refused: string | undefined;
  /** Which call to refuse; -1 counts nothing. */
  at = -1;

  protected override enter(call: string, ...subjects: readonly string[]): void {
    super.enter(call, ...subjects);
    if (this.at < 0) return;
    this.count += 1;
    assert(this.count < CALLS_MAX, `${call} ${subjects} is call ${CALLS_MAX} of one life`);
    if (this.count !== this.at) return;
    this.refused = [call, ...subjects].join(" ");
    throw refusal(call, subjects[0] ?? "", "EIO");
  }
}

/** Laid over /etc by a controller, which may fail and try again. */
const FILES = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/machine-id"];

function failed({ log }: FakeLife): boolean {
  return log.lines.some(({ message }) => message === "controller failed");
}

interface Outcome {
  readonly kernel: OnceRefusing;
  readonly life: FakeLife;
  /** Why the boot ended, when it did. */
  readonly error: unknown;
  /** Whether the machine called itself ready. */
  readonly ready: boolean;
  /** Mount points as the boot left them. */
  readonly mounted: readonly string[];
}

/** One life in which the call number `at` is refused; 0 refuses none. */
async function lived(at: number): Promise<Outcome> {
  const kernel = furnish(new OnceRefusing());
  kernel.at = at;
  const life = beginFakeLife(kernel, { endMs: END_DEADLINE_MS_SHORT, faceMs: FACE_MS });
  try {
    await untilLife(life, () => isUp(life));
  } catch (error) {
    return { kernel, life, error, ready: false, mounted: [...kernel.mountTargets()] };
  }
  await untilLife(
    life,
    () => FILES.every((path) => kernel.mountTargets().has(path)) || failed(life),
  );
  kernel.at = -1; // The end has a test of its own.
  const mounted = [...kernel.mountTargets()];
  const { status, body } = await life.outside.ask("/readyz");
  await body?.cancel();
  life.outside.raise("SIGTERM");
  assertEquals(await life.ending, "power-off");
  return { kernel, life, error: undefined, ready: status === 200, mounted };
}

/** Everything the life said: lines of the console and details of its steps. */
function told({ life, error }: Outcome): string {
  const details = [...life.timeline.steps.read().values()].map(({ detail }) => detail);
  return [life.said(), ...details, String(error)].join("\n");
}

/** The outcome is one of those that design allows. */
function assertAllowed(outcome: Outcome): void {
  const { kernel, error, ready, mounted } = outcome;
  const refused = `refused: ${kernel.refused}`;
  const missing = LAYERS.filter((target) => !mounted.includes(target));
  if (error !== undefined) {
    // The initramfs as it was, or the new root as it is: nothing in between, and no layer of it.
    const stages = [[], EARLY, ROOTED].map((stage) => stage.toSorted().join());
    assert(stages.includes(mounted.toSorted().join()), `${refused}, left: ${mounted}`);
    assert(String(error).includes("EIO"), `${refused}: ${error}`);
  } else if (ready) {
    assertEquals(missing, [], refused);
  }
  if (kernel.refused === undefined) return;
  assert(told(outcome).includes("EIO"), `${refused}, and nobody says so`);
}

Deno.test("liveMachine() after any one refused call is ready, says what is wrong, or never began", async () => {
  const whole = await lived(0);
  assertEquals([whole.error, whole.ready], [undefined, true]);
  const outcomes = { ready: 0, reachable: 0, thrown: 0 };
  for (let at = 1;; at++) {
    const outcome = await lived(at);
    if (outcome.kernel.refused === undefined) break; // Past the last call of a life.
    assertAllowed(outcome);
    if (outcome.error !== undefined) outcomes.thrown++;
    else if (outcome.ready) outcomes.ready++;
    else outcomes.reachable++;
  }
  // Each kind of outcome is met, so that none of the branches above is idle.
  assert(Object.values(outcomes).every((count) => count > 0), JSON.stringify(outcomes));
});
