/** The files of /etc a machine begins with: nobody's, so that callers of the API may change them. */
import type { LocalState } from "../runtime/core/state.ts";
import { etcFileSpec } from "../runtime/resources/fs.ts";
import type { MachineSettings } from "./machine_settings.ts";

/** Creates the EtcFileSpecs of hosts, hostname and resolv.conf. */
export async function seedEtcFiles(state: LocalState, settings: MachineSettings): Promise<void> {
  const { hostname, network } = settings;
  const address = network?.address.split("/")[0];
  const hosts = [
    "127.0.0.1 localhost",
    ...(address === undefined ? [] : [`${address} ${hostname}`]),
    "::1 localhost ip6-localhost ip6-loopback",
  ];
  const nameservers = (network?.nameservers ?? []).map((server) => `nameserver ${server}`);
  const files: Readonly<Record<string, readonly string[]>> = {
    hosts,
    hostname: [hostname],
    "resolv.conf": nameservers,
  };
  for (const [name, lines] of Object.entries(files)) {
    const contents = lines.map((line) => `${line}\n`).join("");
    await state.create(etcFileSpec.newResource(name, { contents, mode: 0o644 }), {
      cause: { actor: "boot" },
    });
  }
}
