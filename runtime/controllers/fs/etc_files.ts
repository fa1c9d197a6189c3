/** Lays files over /etc as the EtcFileSpecs wish, and says how it went. */
import { placeEtcFile, removeEtcFile } from "../../../fs/etc_file.ts";
import type { Kernel } from "../../../fs/kernel/kernel.ts";
import type { SpecInit } from "../../core/spec_init.ts";
import { versionText } from "../../core/errors.ts";
import type { Resource } from "../../core/resource.ts";
import type { Controller, ControllerContext } from "../../engine/controller.ts";
import { etcFileSpec, etcFileStatus } from "../../resources/fs.ts";

const NAME = "fs.EtcFileController";

/** Bytes of UTF-8 a file laid over /etc may have. These are configuration files; the source lies in memory. */
const CONTENTS_BYTES_MAX = 1 << 20;

/** Permission bits where a spec names none. */
const MODE_DEFAULT = 0o644;

/**
 * Keeps over each file of /etc what its EtcFileSpec says.
 *
 * A spec holds the controller's finalizer while its content may be mounted; when it goes, the image's own file shows
 * again. What cannot be placed is said in the status and tried again when the spec changes.
 */
export function etcFileController(kernel: Kernel): Controller {
  return {
    name: NAME,
    inputs: [{ namespace: etcFileSpec.namespace, type: etcFileSpec.type, kind: "strong" }],
    outputs: [{ type: etcFileStatus.type, kind: "exclusive" }],
    async run(context: ControllerContext): Promise<void> {
      for await (const _ of context.reconciles()) {
        for (const wanted of await context.list(etcFileSpec)) {
          if (wanted.metadata.phase === "tearingDown") await withdraw(kernel, context, wanted);
          else await place(kernel, context, wanted);
        }
        await dropStale(context);
        context.resetRestartBackoff();
      }
    },
  };
}

async function place(kernel: Kernel, context: ControllerContext, wanted: Resource): Promise<void> {
  if (!etcFileSpec.is(wanted)) return;
  const { id } = wanted.metadata;
  await context.addFinalizer(wanted.metadata, NAME);
  const { contents, mode } = wanted.spec;
  const status: SpecInit<typeof etcFileStatus> = { target: `/etc/${id}` };
  try {
    const bytes = new TextEncoder().encode(contents).length;
    if (bytes > CONTENTS_BYTES_MAX) {
      throw new RangeError(
        `Cannot place "${status.target}": ${bytes} bytes, at most ${CONTENTS_BYTES_MAX}`,
      );
    }
    const placed = await placeEtcFile(kernel, { name: id, contents, mode: mode || MODE_DEFAULT });
    status.sha256 = placed.sha256;
    status.mounted = true;
    status.specVersion = versionText(wanted.metadata.version);
  } catch (error) {
    status.error = error instanceof Error ? error.message : String(error);
    context.log.write("warn", status.error);
  }
  await report(context, id, status);
}

async function withdraw(
  kernel: Kernel,
  context: ControllerContext,
  wanted: Resource,
): Promise<void> {
  if (!wanted.metadata.finalizers.includes(NAME)) return;
  removeEtcFile(kernel, wanted.metadata.id);
  await context.removeFinalizer(wanted.metadata, NAME);
}

async function report(
  context: ControllerContext,
  id: string,
  status: SpecInit<typeof etcFileStatus>,
): Promise<void> {
  const next = etcFileStatus.newResource(id, status);
  await context.modify(next, (current) => ({ ...current, spec: next.spec }));
}

/** Destroys the statuses of specs that are gone or going. */
async function dropStale(context: ControllerContext): Promise<void> {
  const specs = await context.list(etcFileSpec);
  const kept = new Set(
    specs.filter(({ metadata }) => metadata.phase === "running").map(({ metadata }) => metadata.id),
  );
  for (const { metadata } of await context.list(etcFileStatus)) {
    if (!kept.has(metadata.id)) await context.destroy(metadata);
  }
}
