/** /var as a step of the boot. */
import type { Kernel } from "../fs/kernel/kernel.ts";
import { openVarVolume, VOLUME_UNOPENED, type VolumeFacts } from "../fs/var_volume.ts";
import type { LateModules } from "./late_modules.ts";
import type { Timeline } from "./timeline.ts";

/** Opens /var; what is wrong with it is told as a step that failed, and the machine goes on without. */
export async function openVar(
  kernel: Kernel,
  { timeline, modules }: { readonly timeline: Timeline; readonly modules: LateModules },
): Promise<VolumeFacts> {
  let facts: VolumeFacts | undefined;
  await timeline.attempt("var", async (note) => {
    await modules.loaded("virtio_blk", "xfs");
    facts = await openVarVolume(kernel, { target: "/var", sleep });
    if (facts.phase !== "ready") throw new Error(facts.error);
    note.detail = volumeText(facts);
  });
  return facts ?? { ...VOLUME_UNOPENED, error: timeline.failures.at(-1) ?? "not opened" };
}

/** What a person wants to know of it at every boot. */
function volumeText(facts: VolumeFacts): string {
  const { device, formattedNow, grownFromBytes, sizeBytes, repairs, warning } = facts;
  const lostLog = repairs.some(({ logDiscarded }) => logDiscarded);
  return [
    device,
    formattedNow ? "made now" : "",
    grownFromBytes === 0n ? "" : `grown from ${grownFromBytes} to ${sizeBytes} bytes`,
    ...repairs.slice(-1).map(({ reason }) => `repaired after ${reason}`),
    lostLog ? "its newest changes are lost" : "",
    warning,
  ].filter((word) => word !== "").join(", ");
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
