/** What a machine knows of its network before anybody says more: nobody's, so that callers of the API may change it. */
import type { State } from "../runtime/core/state.ts";
import { hostnameSpec, nodeAddress, resolverSpec } from "../runtime/resources/network.ts";
import type { MachineSettings } from "./machine_settings.ts";

/** Creates the host name, the resolvers and the addresses that the kernel's command line tells. */
export async function seedNetwork(state: State, settings: MachineSettings): Promise<void> {
  const { network } = settings;
  const [hostname = "", ...domain] = settings.hostname.split(".");
  const address = network?.address.split("/")[0];
  const seeds = [
    hostnameSpec.newResource("hostname", { hostname, domainname: domain.join(".") }),
    resolverSpec.newResource("resolvers", { nameservers: [...network?.nameservers ?? []] }),
    nodeAddress.newResource("default", { addresses: address === undefined ? [] : [address] }),
  ];
  for (const seed of seeds) await state.create(seed, { cause: { actor: "boot" } });
}
