/**
 * Makes the kernel's mounts what the MountSpecs wish, and says in MountReports what became of each.
 *
 * A spec is held by the controller's finalizer while its mount may be there, and by one more for each spec whose target
 * lies in it: so mounts go in reverse. Whoever uses a mount may hold its spec by a finalizer of his own; the mount stays
 * until that is gone. Users who do not are named, waited for, and left behind with a detached mount in the end.
 */
import { changeParameters, ensureMount, isMountedAt } from "../../../fs/mount.ts";
import { holderText } from "../../../fs/mount_holders.ts";
import { releaseMount } from "../../../fs/mount_release.ts";
import type { Kernel } from "../../../fs/kernel/kernel.ts";
import type { MountReport, MountSpec } from "../../../proto/gen/strata/fs/v1/fs_pb.ts";
import { isNotFound, versionText } from "../../core/errors.ts";
import type { Pointer, Resource } from "../../core/resource.ts";
import type { SpecInit } from "../../core/spec_init.ts";
import { endResource, hold } from "../../engine/generic/holding.ts";
import type {
  QueueContext,
  QueueController,
  ReducedMetadata,
} from "../../engine/queue_controller.ts";
import { RequeueError } from "../../engine/requeue.ts";
import { mountReport, mountSpec, mountStatus } from "../../resources/fs.ts";
import {
  differInParameters,
  isAnother,
  parentOf,
  rivalOf,
  STAYS_UNDONE,
  wantedOf,
} from "./mount_wishes.ts";

const NAME = "fs.MountController";

/** Milliseconds users have to let go where the spec does not say. */
const RELEASE_MS = 10_000;

/** Milliseconds between two attempts to unmount what is used: nothing tells when a file is closed. */
const RELEASE_LOOK_MS = 250;

/** Detached mounts a report names; each was a release by force. */
const DETACHED_MAX = 16;

/** Keeps each mount as its MountSpec says; wakes when mounts change. */
export function mountController(kernel: Kernel): QueueController {
  const releases = new Map<string, number>();
  return {
    name: NAME,
    settings: {
      inputs: [
        { ...kindOf(mountSpec), kind: "q-primary" },
        { ...kindOf(mountStatus), kind: "q-mapped" },
        { ...kindOf(mountReport), kind: "q-mapped" },
      ],
      outputs: [{ type: mountReport.type, kind: "exclusive" }],
    },
    async reconcile(context, pointer): Promise<void> {
      const found = await unlessMissing(() => context.getUncached(pointer));
      if (found === undefined || !mountSpec.is(found)) return;
      const job = new MountJob(kernel, releases, { context, wish: found });
      if (found.metadata.phase === "running") await job.keep();
      else await job.leave();
    },
    mapInput: mapInput,
  };
}

async function mapInput(
  context: QueueContext,
  changed: ReducedMetadata,
): Promise<readonly Pointer[]> {
  const all = await wishes(context);
  const concerned = changed.type === mountReport.type
    ? all.filter((wish) => concernsReport(wish, changed, all))
    : all.filter(({ spec }) => concernsMount(spec, changed.id.replace(/#\d+$/, "")));
  return concerned.map(({ metadata }) => metadata);
}

function concernsMount({ target }: MountSpec, mounted: string): boolean {
  return mounted === target || mounted.startsWith(`${target}/`);
}

/** A report concerns other wishes for its place, and its own wish only when it can be destroyed: that wrote it. */
function concernsReport(
  { metadata, spec }: Resource<MountSpec>,
  { id, phase, finalizersEmpty }: ReducedMetadata,
  all: readonly Resource<MountSpec>[],
): boolean {
  if (metadata.id === id) return phase === "tearingDown" && finalizersEmpty;
  const own = all.find((each) => each.metadata.id === id);
  return own === undefined || own.spec.target === spec.target;
}

/** One spec and what it came to. */
class MountJob {
  readonly #kernel: Kernel;
  /** When each release began, by id, as the kernel's uptime. */
  readonly #releases: Map<string, number>;
  readonly #context: QueueContext;
  readonly #wish: Resource<MountSpec>;

  constructor(
    kernel: Kernel,
    releases: Map<string, number>,
    parts: { readonly context: QueueContext; readonly wish: Resource<MountSpec> },
  ) {
    this.#kernel = kernel;
    this.#releases = releases;
    this.#context = parts.context;
    this.#wish = parts.wish;
  }

  /** The mount is to be there. */
  async keep(): Promise<void> {
    const { metadata, spec } = this.#wish;
    if (!await hold(this.#context, metadata, NAME)) return;
    const report = await this.#known();
    if (report?.mounted !== undefined && isAnother(report.mounted, spec)) {
      await this.#release(report.mounted);
    }
    await this.#reported(async () => {
      await this.#placeAmongOthers();
      const mounted = (await this.#known())?.mounted;
      const wanted = wantedOf(spec);
      ensureMount(this.#kernel, wanted);
      if (mounted !== undefined && differInParameters(mounted, spec)) {
        changeParameters(this.#kernel, wanted);
      }
    });
  }

  /** The mount is to go: first who hold its spec let go, then it is unmounted. */
  async leave(): Promise<void> {
    const { metadata } = this.#wish;
    const { finalizers, id } = metadata;
    const others = finalizers.filter((each) => each !== NAME && each !== STAYS_UNDONE);
    if (others.length > 0) {
      const error = `Cannot unmount yet: held by ${others.join(", ")}`;
      if (finalizers.includes(NAME)) await this.#report({ error });
      return;
    }
    if (!finalizers.includes(NAME)) return;
    const report = await this.#known();
    if (report?.mounted !== undefined) await this.#release(report.mounted);
    this.#releases.delete(id);
    if (!await endResource(this.#context, { ...kindOf(mountReport), id })) return;
    await this.#holdParent(undefined, await wishes(this.#context));
    await this.#context.removeFinalizer(metadata, NAME);
  }

  /** Nobody else wants the target, and the mount it lies in stays for as long as this one does. */
  async #placeAmongOthers(): Promise<void> {
    const { spec } = this.#wish;
    const all = await wishes(this.#context);
    const reports = await this.#context.listUncached(kindOf(mountReport));
    const mounted = reports.filter((each) =>
      mountReport.is(each) && each.spec.mounted?.target === spec.target
    );
    const ids = new Set(mounted.map(({ metadata }) => metadata.id));
    const rival = rivalOf(this.#wish, all, ids);
    if (rival !== undefined) {
      throw new RangeError(`Cannot mount "${spec.target}": MountSpec "${rival}" wants the place`);
    }
    const parent = parentOf(this.#wish, all);
    if (parent?.metadata.phase === "tearingDown" && !this.#holds(parent)) {
      const { id } = parent.metadata;
      throw new RangeError(`Cannot mount "${spec.target}": it is in MountSpec "${id}", which goes`);
    }
    await this.#holdParent(parent, all);
  }

  #holds({ metadata }: Resource<MountSpec>): boolean {
    return metadata.finalizers.includes(this.#finalizer());
  }

  #finalizer(): string {
    return `${NAME}/${this.#wish.metadata.id}`;
  }

  /** Holds `parent`, and no other. */
  async #holdParent(
    parent: Resource<MountSpec> | undefined,
    all: readonly Resource<MountSpec>[],
  ): Promise<void> {
    for (const each of all) {
      const isParent = each.metadata.id === parent?.metadata.id;
      if (isParent === this.#holds(each)) continue;
      if (isParent) await hold(this.#context, each.metadata, this.#finalizer());
      else await this.#context.removeFinalizer(each.metadata, this.#finalizer());
    }
  }

  /** Unmounts what was mounted. @throws {RequeueError} It is used still. */
  async #release(mounted: MountSpec): Promise<void> {
    const { id } = this.#wish.metadata;
    const { target } = mounted;
    if (!isMountedAt(this.#kernel, wantedOf(mounted))) return await this.#report({ gone: true });
    const now = this.#kernel.uptimeMs();
    const began = this.#releases.get(id) ?? now;
    this.#releases.set(id, began);
    const allowed = this.#wish.spec.releaseMs || RELEASE_MS;
    const release = releaseMount(this.#kernel, target, { force: now - began >= allowed });
    if (release.state === "gone") {
      this.#releases.delete(id);
      return await this.#report({ gone: true });
    }
    const { holders } = release;
    const names = holders.map(holderText).join(", ") || "somebody who cannot be found";
    if (release.state === "detached") {
      this.#releases.delete(id);
      this.#context.log.write("warn", "detached a mount in use", { target, holders: names });
      return await this.#report({ gone: true, detached: `${target}: ${names}` });
    }
    const error = `Cannot unmount "${target}": used by ${names}`;
    await this.#report({ error, holders: [...holders] });
    throw new RequeueError(RELEASE_LOOK_MS);
  }

  /** Reports what `act` came to. What is wrong in the spec, or in its way, is tried again when something changes. */
  async #reported(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (failure) {
      const error = failure instanceof Error ? failure.message : String(failure);
      await this.#report({ error });
      if (failure instanceof RangeError) return;
      throw failure;
    }
    await this.#report({ error: "", mounted: this.#wish.spec });
  }

  async #known(): Promise<MountReport | undefined> {
    const { id } = this.#wish.metadata;
    const found = await unlessMissing(() =>
      this.#context.getUncached({ ...kindOf(mountReport), id })
    );
    return found !== undefined && mountReport.is(found) ? found.spec : undefined;
  }

  async #report(changes: {
    readonly error?: string;
    readonly mounted?: MountSpec;
    readonly gone?: true;
    readonly holders?: SpecInit<typeof mountReport>["holders"];
    readonly detached?: string;
  }): Promise<void> {
    const { id, version } = this.#wish.metadata;
    await this.#context.modify(mountReport.newResource(id, {}), (current) => {
      const known = mountReport.is(current) ? current.spec : undefined;
      const mounted = changes.mounted ?? (changes.gone ? undefined : known?.mounted);
      const detached = [...known?.detached ?? []];
      if (changes.detached !== undefined) detached.push(changes.detached);
      return mountReport.withSpec(current, {
        specVersion: versionText(version),
        ...(mounted === undefined ? {} : { mounted }),
        error: changes.error ?? "",
        holders: changes.holders ?? [],
        detached: detached.slice(-DETACHED_MAX),
      });
    });
  }
}

async function wishes(context: QueueContext): Promise<readonly Resource<MountSpec>[]> {
  const all = await context.listUncached(kindOf(mountSpec));
  return all.filter((each) => mountSpec.is(each));
}

function kindOf({ namespace, type }: { readonly namespace: string; readonly type: string }) {
  return { namespace, type };
}

async function unlessMissing(get: () => Promise<Resource>): Promise<Resource | undefined> {
  try {
    return await get();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}
