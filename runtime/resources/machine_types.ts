/** Every resource type and namespace that a Strata process knows. */
import { type ResourceTypes, resourceTypes } from "../core/resource_types.ts";
import { apiCertificate, apiListener } from "./apid.ts";
import {
  etcFileSpec,
  etcFileStatus,
  mountReport,
  mountSpec,
  mountStatus,
  volumeStatus,
} from "./fs.ts";
import { machineIdentity } from "./identity.ts";
import { imageStatus } from "./image.ts";
import { namespaceType, resourceDefinitionType } from "./meta.ts";
import { hostnameSpec, nodeAddress, resolverSpec, staticHostSpec } from "./network.ts";
import { bootStep, machineStatus, watchOverrun } from "./runtime.ts";
import { serviceSpec, serviceStatus } from "./service.ts";

/** A namespace and what it is for. */
export interface NamespaceFacts {
  readonly name: string;
  readonly description: string;
}

/** The namespaces of interfaces.md §5 that are in use. */
export const MACHINE_NAMESPACES: readonly NamespaceFacts[] = [
  { name: "meta", description: "Resources about resources: namespaces and types." },
  { name: "runtime", description: "The agent itself: its boot, its life, the machine as a whole." },
  { name: "fs", description: "The layered root file system: mounts, files of /etc, volumes." },
  { name: "network", description: "Names and addresses, as far as files of /etc tell them." },
  { name: "default", description: "Resources of callers that name no other namespace." },
];

/** The types, made once a process. */
export function machineTypes(): ResourceTypes {
  return resourceTypes([
    resourceDefinitionType,
    namespaceType,
    mountSpec,
    mountReport,
    mountStatus,
    etcFileSpec,
    etcFileStatus,
    volumeStatus,
    imageStatus,
    bootStep,
    machineStatus,
    machineIdentity,
    hostnameSpec,
    resolverSpec,
    staticHostSpec,
    nodeAddress,
    watchOverrun,
    serviceSpec,
    serviceStatus,
    apiCertificate,
    apiListener,
  ]);
}
