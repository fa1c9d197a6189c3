/** What services wait for, looked up on the machine. */
import type { Kernel } from "../fs/kernel/kernel.ts";
import { readMounts } from "../fs/mountinfo.ts";
import type { ServiceConditions } from "../runtime/controllers/services/service_world.ts";

/** Addresses of a machine that nobody else reaches: loopback, and what an interface gives itself. */
const OWN_ADDRESS_REGEXP = /^(127\.|::1$|fe80:|169\.254\.)/i;

/**
 * Looks at files, mounts and addresses.
 *
 * @param addresses Those of all interfaces; of this process's network unless given.
 */
export function serviceConditions(
  kernel: Kernel,
  addresses: () => readonly string[] = ownAddresses,
): ServiceConditions {
  return {
    missing({ files, mounts, network }) {
      // Most services wait for no mount, and the list is long.
      const targets = mounts.length === 0 ? [] : targetsOf(kernel);
      return [
        ...files.filter((path) => !isThere(kernel, path)).map((path) => `file ${path}`),
        ...mounts.filter((path) => !targets.includes(path)).map((path) => `mount ${path}`),
        ...network && !addresses().some(isReachable) ? ["network"] : [],
      ];
    },
  };
}

function targetsOf(kernel: Kernel): readonly string[] {
  return readMounts(kernel).map(({ target }) => target);
}

function isThere(kernel: Pick<Kernel, "lstat">, path: string): boolean {
  return kernel.lstat(path) !== undefined;
}

function isReachable(address: string): boolean {
  return !OWN_ADDRESS_REGEXP.test(address);
}

function ownAddresses(): readonly string[] {
  return Deno.networkInterfaces().map(({ address }) => address);
}
