/** Writes /etc/resolv.conf. */
import type { Controller } from "../../engine/controller.ts";
import { resolverSpec } from "../../resources/network.ts";
import { etcContentController, isWord, linesText } from "./etc_content.ts";

/** Name servers the C library asks; it reads no further. Source: resolv.h, MAXNS. */
const NAMESERVERS_MAX = 3;

/** Keeps /etc/resolv.conf. What cannot stand in a line of it is left out. */
export function resolvConfController(): Controller {
  return etcContentController({
    name: "fs.ResolvConfController",
    file: "resolv.conf",
    mode: 0o644,
    sources: [resolverSpec],
    write(resources) {
      const spec = resources.find((each) => resolverSpec.is(each))?.spec;
      if (spec === undefined) return undefined;
      const servers = spec.nameservers.filter(isWord).slice(0, NAMESERVERS_MAX);
      const search = spec.searchDomains.filter(isWord);
      return linesText([
        ...servers.map((server) => `nameserver ${server}`),
        ...(search.length === 0 ? [] : [`search ${search.join(" ")}`]),
      ]);
    },
  });
}
