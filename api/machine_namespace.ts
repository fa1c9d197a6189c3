/** The one namespace of services that a machine has. */
import { Code, ConnectError } from "@connectrpc/connect";
import { ContainerDriver } from "../proto/gen/common/common_pb.ts";

/** Where the machine's own services are. */
export const NAMESPACE = "system";

/** Refuses what is not of that namespace. @throws {ConnectError} `InvalidArgument`. */
export function demandSystem(
  { namespace, driver }: { readonly namespace: string; readonly driver: ContainerDriver },
): void {
  if (namespace !== "" && namespace !== NAMESPACE) {
    const given = JSON.stringify(namespace.slice(0, 64));
    throw invalid(`namespace is ${given}, and may be "${NAMESPACE}": there are no other services`);
  }
  if (driver !== ContainerDriver.CONTAINERD) {
    const given = ContainerDriver[driver] ?? driver;
    throw invalid(`driver is ${given}, and may be CONTAINERD: there are no other services`);
  }
}

function invalid(detail: string): ConnectError {
  return new ConnectError(detail, Code.InvalidArgument);
}
