/** The network a machine needs to be reached: loopback, and what `ip=` says. */
import type { Kernel } from "../fs/kernel/kernel.ts";
import type { MachineSettings } from "./machine_settings.ts";

/**
 * Names the machine, brings loopback up and sets the address of `ip=`.
 *
 * @returns What was set, in a few words.
 * @throws {SyscallError} `ENODEV` where the device of `ip=` is not there.
 */
export function configureNetwork(kernel: Kernel, settings: MachineSettings): string {
  const { network, hostname } = settings;
  kernel.setHostname(hostname);
  kernel.linkUp("lo");
  if (network === undefined) return "loopback only, no ip= on the command line";
  const device = network.device ?? "eth0";
  kernel.linkUp(device);
  kernel.addAddress(device, network.address);
  if (network.gateway !== undefined) kernel.addDefaultRoute(network.gateway, device);
  return `${device} ${network.address}`;
}
