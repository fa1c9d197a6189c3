/** `strata serve`: reads its options; the agent itself is the world's. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import type { Session } from "../session.ts";
import type { ServeOptions, TlsServeOptions } from "../world.ts";

/** Runs the agent until it is told to stop. */
export async function run(session: Session, input: CommandInput): Promise<number> {
  const socket = optionText(input, "socket");
  const httpSocket = optionText(input, "http-socket");
  const http = optionText(input, "http");
  const tokenFile = optionText(input, "token-file");
  const tls = tlsOptions(input);
  const options: ServeOptions = {
    ...(socket === undefined ? {} : { socket }),
    ...(httpSocket === undefined ? {} : { httpSocket }),
    ...(http === undefined ? {} : { http: listenAddress(http) }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(tls === undefined ? {} : { tls }),
  };
  return await session.world.serve(options);
}

/** All four or none. @throws {CommandError} `usage`, naming those that are missing. */
function tlsOptions(input: CommandInput): TlsServeOptions | undefined {
  const names = ["tls", "tls-cert", "tls-key", "tls-ca"];
  const [address, certFile, keyFile, caFile] = names.map((name) => optionText(input, name));
  const missing = names.filter((name) => optionText(input, name) === undefined);
  if (missing.length === names.length) return undefined;
  if (
    address === undefined || certFile === undefined || keyFile === undefined || caFile === undefined
  ) {
    const detail = missing.map((name) => `--${name}`).join(", ");
    throw new CommandError(
      EXIT.usage,
      `cannot serve TLS without ${detail}: strata gen certs makes the files`,
    );
  }
  return { ...listenAddress(address), certFile, keyFile, caFile };
}

/** Reads `HOST:PORT`; an IPv6 address stands in brackets. @throws {CommandError} `usage`. */
export function listenAddress(text: string): { readonly hostname: string; readonly port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text);
  const hostname = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (hostname === undefined || port > 65_535) {
    throw new CommandError(
      EXIT.usage,
      `cannot listen on "${text}": give HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:50080`,
    );
  }
  return { hostname, port };
}
