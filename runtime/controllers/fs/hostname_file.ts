/** Writes /etc/hostname. */
import type { Controller } from "../../engine/controller.ts";
import { hostnameSpec } from "../../resources/network.ts";
import { etcContentController, isWord, linesText } from "./etc_content.ts";

/** Keeps /etc/hostname. */
export function hostnameFileController(): Controller {
  return etcContentController({
    name: "fs.HostnameFileController",
    file: "hostname",
    mode: 0o644,
    sources: [hostnameSpec],
    write(resources) {
      const hostname = resources.find((each) => hostnameSpec.is(each))?.spec.hostname ?? "";
      return isWord(hostname) ? linesText([hostname]) : undefined;
    },
  });
}
