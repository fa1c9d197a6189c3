/** Says what the root is made of, and whether it is still what it was signed as. */
import type { Kernel } from "../../../fs/kernel/kernel.ts";
import type { BelievedManifest } from "../../../fs/root_manifest.ts";
import { rootDeviceFacts } from "../../../fs/root_image.ts";
import type { Clock, Log } from "../../core/ports.ts";
import type { SpecInit } from "../../core/spec_init.ts";
import type { Controller } from "../../engine/controller.ts";
import { imageStatus } from "../../resources/image.ts";
import { mirrorController, type Source } from "../mirror.ts";

/**
 * Milliseconds between two questions to device-mapper, each of some microseconds: it tells nobody who waits that a
 * block was corrupt.
 */
const ASK_EVERY_MS = 10_000;

type Spec = SpecInit<typeof imageStatus>;

/** What the status is made of besides the kernel's word. */
export interface ImageStatusParts {
  readonly believed: BelievedManifest;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps the one ImageStatus, of the root. A device that cannot be asked is told there and in the log. */
export function imageStatusController(kernel: Kernel, parts: ImageStatusParts): Controller {
  return mirrorController({
    name: "fs.ImageStatusController",
    definition: imageStatus,
    source: imageSource(kernel, parts),
  });
}

function imageSource(
  kernel: Kernel,
  { believed, clock, log }: ImageStatusParts,
): Source<typeof imageStatus> {
  const { manifest } = believed;
  const known = {
    version: manifest.version,
    commit: manifest.commit,
    signer: manifest.signer.name,
    manifest: new TextDecoder().decode(believed.bytes),
    signature: believed.signature.toHex(),
    publicKey: believed.publicKey,
  };
  let told = "";
  return {
    read(): ReadonlyMap<string, Spec> {
      const now = observed(kernel);
      const error = now.error ?? "";
      if (error !== "" && error !== told) log.write("error", "root device", { error });
      told = error;
      return new Map([["root", { ...known, ...now }]]);
    },
    follow(changed, signal): void {
      const ask = async (): Promise<void> => {
        while (!signal.aborted) {
          await clock.sleep(ASK_EVERY_MS, { signal });
          changed();
        }
      };
      ask().catch(() => {}); // The sleep ends with the signal.
    },
  };
}

function observed(kernel: Kernel): Spec {
  try {
    const { path, rootHash, readOnly, corrupt } = rootDeviceFacts(kernel);
    return { device: path, rootHash, readOnly, corrupt };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
