/**
 * The end of the layers by those who made them: every wish for a mount or a file of /etc is torn down, and the
 * controllers, which still run, take away what it stands for.
 */
import { STAYS_UNDONE } from "../runtime/controllers/fs/mount_wishes.ts";
import { isNotFound } from "../runtime/core/errors.ts";
import type { Kind, Metadata, Resource } from "../runtime/core/resource.ts";
import type { State } from "../runtime/core/state.ts";
import { etcFileSpec, etcFileStatus, mountReport, mountSpec } from "../runtime/resources/fs.ts";

/** Who tears the wishes down, as `strata why` tells it. */
const CAUSE = { actor: "machine.End" };

/** Kinds of wishes in the order they go, each with the kind that says what became of them. */
const WISHES = [
  { kind: kindOf(etcFileSpec), told: kindOf(etcFileStatus), name: "files of /etc" },
  { kind: kindOf(mountSpec), told: kindOf(mountReport), name: "mounts" },
] as const;

/**
 * Tears down every wish, files before mounts and the newest first, and waits until the controllers let go of each. A
 * wish that comes meanwhile goes the same way. None can be made anew under its name afterwards: to be called at the end.
 *
 * @param until Ends the wait.
 * @returns How many of what were taken away, such as `4 files of /etc, 9 mounts`.
 * @throws {Error} `until` aborted before: names what is left, with who holds it.
 */
export async function releaseLayers(state: State, until: AbortSignal): Promise<string> {
  const released: string[] = [];
  for (const { kind, told, name } of WISHES) {
    released.push(`${await releaseKind(state, { kind, told, until })} ${name}`);
  }
  return released.join(", ");
}

interface KindRelease {
  readonly kind: Kind;
  readonly told: Kind;
  readonly until: AbortSignal;
}

/** Where wishes for mounts and files of /etc have something mounted. */
export async function layerTargets(state: State): Promise<readonly string[]> {
  const mounts = (await state.list(kindOf(mountSpec)))
    .flatMap((each) => mountSpec.is(each) ? [each.spec.target] : []);
  const files = (await state.list(kindOf(etcFileSpec))).map(({ metadata }) =>
    `/etc/${metadata.id}`
  );
  return [...mounts, ...files];
}

/** @returns How many there were. */
async function releaseKind(state: State, { kind, told, until }: KindRelease): Promise<number> {
  const begun = new Set<string>();
  for (;;) {
    const held = (await state.list(kind)).filter(({ metadata }) => isHeld(metadata));
    if (held.length === 0) return begun.size;
    if (until.aborted) throw await leftOver(state, held, told);
    for (const { metadata } of held.toSorted(newestFirst)) {
      begun.add(metadata.id);
      await tearDown(state, metadata);
    }
    const released = held.map(({ metadata }) =>
      state.watchFor(metadata, { predicate: ({ metadata }) => !isHeld(metadata), signal: until })
    );
    await Promise.all(released).catch((error: unknown) => {
      if (!until.aborted) throw error;
    });
  }
}

/** Whether it is wished for still, or what it stands for may still be there. */
function isHeld({ phase, finalizers }: Metadata): boolean {
  return phase === "running" || finalizers.some((each) => each !== STAYS_UNDONE);
}

async function tearDown(state: State, { owner, ...pointer }: Metadata): Promise<void> {
  try {
    if (pointer.phase === "running") {
      await state.addFinalizer(pointer, [STAYS_UNDONE], { cause: CAUSE });
    }
    await state.teardown(pointer, { owner, cause: CAUSE });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** What is said of those that nobody let go of in time. */
async function leftOver(state: State, held: readonly Resource[], told: Kind): Promise<Error> {
  const lines: string[] = [];
  for (const { metadata: { id, finalizers } } of held) {
    const holders = finalizers.filter((each) => each !== STAYS_UNDONE).join(", ");
    const report = await state.get({ ...told, id }).catch(() => undefined);
    lines.push(errorOf(report) || `"${id}" is held by ${holders}`);
  }
  return new Error(lines.join("; "));
}

function errorOf(report: Resource | undefined): string {
  if (report === undefined) return "";
  if (mountReport.is(report) || etcFileStatus.is(report)) return report.spec.error;
  return "";
}

function newestFirst({ metadata: one }: Resource, { metadata: other }: Resource): number {
  const seconds = Number(other.created.seconds - one.created.seconds);
  return seconds || other.created.nanos - one.created.nanos;
}

function kindOf({ namespace, type }: Kind): Kind {
  return { namespace, type };
}
