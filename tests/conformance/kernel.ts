/**
 * What every {@linkcode Kernel} must do, Linux and the fake alike: the fake may be trusted just as far as this suite
 * passes on both. fs/kernel runs it on `FakeKernel`, tests/linux on Linux in namespaces of its own.
 */
import { attributeConformance } from "./kernel_attributes.ts";
import type { Claim, Workbench } from "./kernel_bench.ts";
import { bindConformance } from "./kernel_binds.ts";
import { deviceConformance } from "./kernel_devices.ts";
import { fileSystemConformance } from "./kernel_file_systems.ts";
import { fileConformance } from "./kernel_files.ts";
import { kernelLogConformance } from "./kernel_logs.ts";
import { mountConformance } from "./kernel_mounts.ts";
import { processConformance } from "./kernel_processes.ts";
import { rootedFileConformance } from "./kernel_rooted_files.ts";
import { serviceProcessConformance } from "./kernel_service_processes.ts";

/** Registers a test; the suite says what, the caller adds on what, and gives a fresh workbench. */
export type Register = (
  name: string,
  body: (open: () => Workbench) => void | Promise<void>,
) => void;

/** Registers the suite. */
export function kernelConformance(register: Register): void {
  const claim: Claim = (name, body) =>
    register(name, async (open) => {
      using bench = open();
      await body(bench);
    });
  mountConformance(claim);
  fileSystemConformance(claim);
  bindConformance(claim);
  fileConformance(claim);
  rootedFileConformance(claim);
  attributeConformance(claim);
  processConformance(claim);
  serviceProcessConformance(claim);
  deviceConformance(claim);
  kernelLogConformance(claim);
}
