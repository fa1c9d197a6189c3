/** `strata gen certs`: an authority, a machine's pair and a client's, as files. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { ROLES } from "../../authorization/roles.ts";
import type { CertificatePair } from "../../certificates/certificate_pair.ts";
import { type Certificates, certificatesFor } from "../../certificates/certificates_for.ts";
import { CommandError, EXIT } from "../../client/command_error.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import type { Session } from "../session.ts";
import { type NewFile, writeNewFiles } from "./new_files.ts";

/** Bytes of a file of PEM that is read. */
const PEM_BYTES_MAX = 64 * 1024;

/** Everybody may read a certificate. */
const CERTIFICATE_MODE = 0o644;

/** Who has a key is taken for its owner. */
const KEY_MODE = 0o600;

/** Makes them and says how they are used. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const authority = await givenAuthority(session, input);
  const certificates = await made(session, input, authority);
  const folder = optionText(input, "out") ?? ".";
  const files = filesOf(folder, certificates, authority === undefined ? "all" : "no key");
  await writeNewFiles(files, { replace: input.options["force"] === true });
  const host = listOf(input, "host")[0] ?? "127.0.0.1";
  const at = (name: string): string => join(folder, name);
  const where = `${host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]` : host}:50000`;
  const lines = [
    ...files.map(({ path }) => `wrote ${path}`),
    "",
    `serve:  strata serve --tls ${where} --tls-cert ${at("server.crt")} ` +
    `--tls-key ${at("server.key")} --tls-ca ${at("ca.crt")}`,
    `ask:    strata config add NAME --endpoint https://${where} --ca ${at("ca.crt")} ` +
    `--crt ${at("client.crt")} --key ${at("client.key")}`,
  ];
  await session.out.text(lines.map((line) => `${line}\n`).join(""));
}

/** @throws {CommandError} `usage`: half of it, or a file that is none. */
async function givenAuthority(
  { world }: Session,
  input: CommandInput,
): Promise<CertificatePair | undefined> {
  const paths = { cert: optionText(input, "ca-cert"), key: optionText(input, "ca-key") };
  if (paths.cert === undefined && paths.key === undefined) return undefined;
  if (paths.cert === undefined || paths.key === undefined) {
    throw usage("--ca-cert and --ca-key belong together: give both, or none to make an authority");
  }
  const read = async (path: string): Promise<string> => {
    const text = await world.files.readText(path, PEM_BYTES_MAX);
    if (text === undefined) throw new CommandError(EXIT.failed, `cannot read "${path}"`);
    return text;
  };
  return { cert: await read(paths.cert), key: await read(paths.key) };
}

async function made(
  session: Session,
  input: CommandInput,
  authority: CertificatePair | undefined,
): Promise<Certificates> {
  const roles = listOf(input, "role");
  const unknown = roles.find((role) => !ROLES.some((known) => known === role));
  if (unknown !== undefined) {
    throw usage(`unknown role "${unknown}", may be ${ROLES.join(", ")}`);
  }
  const hours = optionText(input, "hours") ?? "";
  if (!/^\d{1,7}$/.test(hours)) throw usage(`--hours is "${hours}", and may be a whole number`);
  try {
    return await certificatesFor({
      hosts: listOf(input, "host"),
      roles,
      name: optionText(input, "name") ?? "",
      hours: Number(hours),
      now: new Date(Number(session.world.clock.now().seconds) * 1000),
      ...(authority === undefined ? {} : { authority }),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw usage(error.message.replace(/^C/, "c"), { cause: error });
  }
}

/** @param what The key of an authority that was there stays where it is. */
function filesOf(
  folder: string,
  { ca, server, client }: Certificates,
  what: "all" | "no key",
): readonly NewFile[] {
  const cert = (name: string, { cert }: CertificatePair): NewFile => ({
    path: join(folder, `${name}.crt`),
    text: cert,
    mode: CERTIFICATE_MODE,
  });
  const key = (name: string, { key }: CertificatePair): NewFile => ({
    path: join(folder, `${name}.key`),
    text: key,
    mode: KEY_MODE,
  });
  return [
    cert("ca", ca),
    ...(what === "all" ? [key("ca", ca)] : []),
    ...[cert("server", server), key("server", server)],
    ...[cert("client", client), key("client", client)],
  ];
}

function listOf(input: CommandInput, name: string): readonly string[] {
  return (optionText(input, name) ?? "").split(",").filter((word) => word !== "");
}

function usage(message: string, options?: ErrorOptions): CommandError {
  return new CommandError(EXIT.usage, message, options);
}
