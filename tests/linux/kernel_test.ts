import { openLinux } from "../../fs/kernel/linux.ts";
import { kernelConformance } from "../conformance/kernel.ts";
import type { Workbench } from "../conformance/kernel_bench.ts";
import { plantLauncher } from "./launcher_file.ts";
import { linuxBench } from "./linux_bench.ts";
import { insideNamespaces } from "./namespaces.ts";

const inside = insideNamespaces(import.meta.url, () => {
  const kernel = openLinux({ bind: "at once", launcher: plantLauncher() });
  return (): Workbench => linuxBench(kernel);
});

kernelConformance((name, body) => inside(`openLinux() ${name}`, body));
