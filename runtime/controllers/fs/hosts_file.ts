/** Writes /etc/hosts: loopback, the machine itself, and names that were given addresses. */
import type { Resource } from "../../core/resource.ts";
import type { Controller } from "../../engine/controller.ts";
import { hostnameSpec, nodeAddress, staticHostSpec } from "../../resources/network.ts";
import { etcContentController, isWord, linesText } from "./etc_content.ts";

/** Keeps /etc/hosts. What cannot stand in a line of it is left out. */
export function hostsFileController(): Controller {
  return etcContentController({
    name: "fs.HostsFileController",
    file: "hosts",
    mode: 0o644,
    sources: [hostnameSpec, nodeAddress, staticHostSpec],
    write: (resources) =>
      linesText([
        "127.0.0.1 localhost",
        ...ownLines(resources),
        "::1 localhost ip6-localhost ip6-loopback",
        "ff02::1 ip6-allnodes",
        "ff02::2 ip6-allrouters",
        ...resources.flatMap(staticLines),
      ]),
  });
}

/** The machine by its first address: under its whole name, then the short one. */
function ownLines(resources: readonly Resource[]): string[] {
  const name = resources.find((each) => hostnameSpec.is(each));
  const { hostname, domainname } = name?.spec ?? { hostname: "", domainname: "" };
  const addresses = resources.find((each) => nodeAddress.is(each))?.spec.addresses ?? [];
  const [address = ""] = addresses;
  const names = domainname === "" ? [hostname] : [`${hostname}.${domainname}`, hostname];
  const words = [address, ...names];
  return words.every(isWord) ? [words.join(" ")] : [];
}

function staticLines(resource: Resource): string[] {
  if (!staticHostSpec.is(resource)) return [];
  const { addresses, aliases } = resource.spec;
  const names = [resource.metadata.id, ...aliases].filter(isWord);
  if (names.length === 0) return [];
  return addresses.filter(isWord).map((address) => [address, ...names].join(" "));
}
