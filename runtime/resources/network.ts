/** What the machine knows of its network. Declarations only. */
import {
  HostnameSpecSchema,
  NodeAddressSpecSchema,
  ResolverSpecSchema,
  StaticHostSpecSchema,
} from "../../proto/gen/strata/network/v1/network_pb.ts";
import { defineResource } from "../core/definition.ts";

/** Wanted: the machine's name. Written by the boot and by callers of the API. */
export const hostnameSpec = defineResource({
  descriptor: HostnameSpecSchema,
  type: "HostnameSpecs.network.strata",
  namespace: "network",
  printColumns: [
    { name: "Hostname", jsonPath: "{.hostname}" },
    { name: "Domain", jsonPath: "{.domainname}" },
  ],
});

/** Wanted: name servers. Written by the boot and by callers of the API. */
export const resolverSpec = defineResource({
  descriptor: ResolverSpecSchema,
  type: "ResolverSpecs.network.strata",
  namespace: "network",
  printColumns: [
    { name: "Nameservers", jsonPath: "{.nameservers[*]}" },
    { name: "Search", jsonPath: "{.searchDomains[*]}" },
  ],
});

/** Wanted: a name of /etc/hosts. Written by callers of the API. */
export const staticHostSpec = defineResource({
  descriptor: StaticHostSpecSchema,
  type: "StaticHostSpecs.network.strata",
  namespace: "network",
  printColumns: [
    { name: "Addresses", jsonPath: "{.addresses[*]}" },
    { name: "Aliases", jsonPath: "{.aliases[*]}" },
  ],
});

/** Observed: the machine's addresses. Written by the boot. */
export const nodeAddress = defineResource({
  descriptor: NodeAddressSpecSchema,
  type: "NodeAddresses.network.strata",
  namespace: "network",
  printColumns: [{ name: "Addresses", jsonPath: "{.addresses[*]}" }],
});
