/** Lays files over /etc as the EtcFileSpecs wish, and says how it went. */
import {
  CoveredFileError,
  ETC_SOURCES,
  placeEtcFile,
  removeEtcFile,
} from "../../../fs/etc_file.ts";
import type { Kernel } from "../../../fs/kernel/kernel.ts";
import type { EtcFileSpec } from "../../../proto/gen/strata/fs/v1/fs_pb.ts";
import type { SpecInit } from "../../core/spec_init.ts";
import { versionText } from "../../core/errors.ts";
import type { Phase, Resource } from "../../core/resource.ts";
import type { Controller, ControllerContext } from "../../engine/controller.ts";
import { etcFileSpec, etcFileStatus, mountStatus } from "../../resources/fs.ts";
import { retire } from "../retirement.ts";

const NAME = "fs.EtcFileController";

/** Bytes of UTF-8 a file laid over /etc may have. These are configuration files; the source lies in memory. */
const CONTENTS_BYTES_MAX = 1 << 20;

/** Whose a file is where a spec names nobody. */
const ROOT = Object.freeze({ uid: 0, gid: 0 });

/** Permission bits where a spec names none. */
const MODE_DEFAULT = 0o644;

/**
 * Keeps over each file of /etc what its EtcFileSpec says.
 *
 * A spec holds the controller's finalizer while its content may be mounted; when it goes, the image's own file shows
 * again. What cannot be placed is said in the status: what the kernel refuses is tried again after a while, what is
 * wrong in the spec, or in the way, when the spec or the machine's mounts change.
 *
 * What is wiped from the directory of the contents is written and mounted again at once: the kernel tells. Until then
 * readers see the content as before, since the mount keeps its file.
 */
export function etcFileController(kernel: Kernel): Controller {
  return {
    name: NAME,
    inputs: [
      { namespace: etcFileSpec.namespace, type: etcFileSpec.type, kind: "strong" },
      { namespace: etcFileStatus.namespace, type: etcFileStatus.type, kind: "destroy-ready" },
      // Somebody may unmount what lies over a file, or mount over it.
      { namespace: mountStatus.namespace, type: mountStatus.type, kind: "weak" },
    ],
    outputs: [{ type: etcFileStatus.type, kind: "exclusive" }],
    async run(context: ControllerContext): Promise<void> {
      const watch = new SourceWatch(kernel, () => context.queueReconcile());
      try {
        for await (const _ of context.reconciles()) {
          // Anew each time: another directory may be there by now.
          if (await isAnyWished(context)) await watch.begin();
          else await watch.end(); // And at the end of the machine there is no place to make one.
          await reconcile(kernel, context);
          context.resetRestartBackoff();
        }
      } finally {
        await watch.end();
      }
    },
  };
}

async function isAnyWished(context: ControllerContext): Promise<boolean> {
  return (await context.list(etcFileSpec)).some(({ metadata }) => metadata.phase === "running");
}

/** Tells when a content is wiped. */
class SourceWatch {
  readonly #kernel: Kernel;
  readonly #wake: () => void;
  #stop = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(kernel: Kernel, wake: () => void) {
    this.#kernel = kernel;
    this.#wake = wake;
  }

  /**
   * Watches the directory that is there now, made where there is none.
   *
   * @throws {SyscallError} It cannot be made or watched, or the watch before this one broke down.
   */
  async begin(): Promise<void> {
    await this.end();
    if (this.#failure !== undefined) throw this.#failure;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#kernel.mkdir(ETC_SOURCES, 0o700);
    const broken = (error: unknown): void => {
      if (signal.aborted) return;
      this.#failure = error;
      this.#wake();
    };
    this.#watching = this.#kernel.entryGone(ETC_SOURCES, { signal }).then(this.#wake, broken);
  }

  /** Resolves when nothing of it runs any more. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }
}

/** Looks at every file, whatever happens to one of them. @throws What happened first. */
async function reconcile(kernel: Kernel, context: ControllerContext): Promise<void> {
  const failures: unknown[] = [];
  const each = async (
    phase: Phase,
    act: (wanted: Resource) => Promise<void>,
  ): Promise<void> => {
    for (const wanted of await context.list(etcFileSpec)) {
      if (wanted.metadata.phase !== phase) continue;
      await act(wanted).catch((error: unknown) => void failures.push(error));
    }
  };
  await each("tearingDown", (wanted) => withdraw(kernel, context, wanted));
  const held = await dropStale(context);
  await each("running", async (wanted) => {
    if (!held.has(wanted.metadata.id)) await place(kernel, context, wanted);
  });
  if (failures.length > 0) throw failures[0];
}

async function place(kernel: Kernel, context: ControllerContext, wanted: Resource): Promise<void> {
  if (!etcFileSpec.is(wanted)) return;
  const { id, version } = wanted.metadata;
  await context.addFinalizer(wanted.metadata, NAME);
  let changes: SpecInit<typeof etcFileStatus>;
  try {
    const sha256 = await lay(kernel, id, wanted.spec);
    changes = { sha256, mounted: true, specVersion: versionText(version), error: "" };
  } catch (failure) {
    // What lay over the file before lies there still, and the status goes on to say so.
    const error = failure instanceof Error ? failure.message : String(failure);
    context.log.write("warn", error);
    await report(context, id, { error });
    if (failure instanceof RangeError) return; // Wrong in the spec, until that changes.
    throw failure;
  }
  await report(context, id, changes);
}

/** @returns SHA-256 of what lies over the file now. */
async function lay(
  kernel: Kernel,
  name: string,
  { contents, mode, owner }: EtcFileSpec,
): Promise<string> {
  const bytes = new TextEncoder().encode(contents).length;
  if (bytes > CONTENTS_BYTES_MAX) {
    throw new RangeError(
      `Cannot place "/etc/${name}": ${bytes} bytes, at most ${CONTENTS_BYTES_MAX}`,
    );
  }
  const file = { name, contents, mode: mode || MODE_DEFAULT, owner: owner ?? ROOT };
  return (await placeEtcFile(kernel, file)).sha256;
}

async function withdraw(
  kernel: Kernel,
  context: ControllerContext,
  wanted: Resource,
): Promise<void> {
  if (!wanted.metadata.finalizers.includes(NAME)) return;
  try {
    removeEtcFile(kernel, wanted.metadata.id);
  } catch (error) {
    if (error instanceof CoveredFileError) {
      return await report(context, wanted.metadata.id, { error: error.message });
    }
    // No name of a file: nothing was ever laid over it.
    if (!(error instanceof RangeError)) throw error;
  }
  await context.removeFinalizer(wanted.metadata, NAME);
}

async function report(
  context: ControllerContext,
  id: string,
  changes: SpecInit<typeof etcFileStatus>,
): Promise<void> {
  const empty = etcFileStatus.newResource(id, { target: `/etc/${id}` });
  await context.modify(empty, (current) => {
    const known = etcFileStatus.is(current) ? current.spec : empty.spec;
    const { specVersion, target, sha256, mounted, error } = known;
    const spec = { specVersion, target, sha256, mounted, error, ...changes };
    return etcFileStatus.withSpec(current, spec);
  });
}

/** Ends the statuses of specs that are gone or withdrawn. @returns Ids of those that somebody holds. */
async function dropStale(context: ControllerContext): Promise<ReadonlySet<string>> {
  const specs = await context.list(etcFileSpec);
  const kept = new Set(
    specs.filter(({ metadata }) =>
      metadata.phase === "running" || metadata.finalizers.includes(NAME)
    )
      .map(({ metadata }) => metadata.id),
  );
  const held = new Set<string>();
  for (const { metadata } of await context.list(etcFileStatus)) {
    if (kept.has(metadata.id) && metadata.phase === "running") continue;
    if (!await retire(context, metadata)) held.add(metadata.id);
  }
  return held;
}
