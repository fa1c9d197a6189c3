/** `strata config contexts` and `strata config view`. */
import type { NamedContext } from "../../client/context_book.ts";
import { EXIT } from "../../client/command_error.ts";
import type { CommandInput } from "../command_spec.ts";
import { type CertificateFacts, certificateFacts } from "./certificate.ts";
import { readConfig } from "./config_file.ts";
import { escapeText } from "../escape.ts";
import { outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";
import type { JsonValue } from "@bufbuild/protobuf";

/** What is shown in place of a secret. */
const REDACTED = "REDACTED";

/** Fields that hold a secret, whoever put them there; paths of files do not. */
const SECRET_REGEXP = /^(?!.*file$).*(?:key|token|secret|password)/i;

/** Lists the contexts, with what is known of their certificates. */
export async function listContexts(session: Session, input: CommandInput): Promise<number> {
  const format = outputFormat(input);
  const { book } = await readConfig(session);
  const nowMs = Number(session.world.clock.now().seconds) * 1000;
  const rows = book.contexts.map((context) => ({
    context,
    isCurrent: context.name === book.current,
    certificate: factsOf(context, nowMs),
  }));
  const { out } = session;
  if (await printData(out, { format, value: () => rows.map(rowJson) })) return EXIT.done;
  if (format.name === "name") {
    await out.text(rows.map(({ context }) => `${escapeText(context.name)}\n`).join(""));
    return EXIT.done;
  }
  const table = new Table(out, {
    columns: ["*", "NAME", "ENDPOINT", "IDENTITY", "EXPIRES"],
    headers: input.options["no-headers"] === true ? "hidden" : "shown",
  });
  for (const { context, isCurrent, certificate } of rows) {
    const expires = certificate === undefined
      ? ""
      : `${certificate.expires}${certificate.isExpired ? " (expired)" : ""}`;
    const row = [isCurrent ? "*" : "", context.name, context.endpoint];
    await table.row([...row, identityWords(context, certificate), expires]);
  }
  await table.flush();
  return EXIT.done;
}

function factsOf({ crt }: NamedContext, nowMs: number): CertificateFacts | undefined {
  if (crt === undefined) return undefined;
  try {
    return certificateFacts(new TextDecoder().decode(Uint8Array.fromBase64(crt)), nowMs);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined; // No base64: whoever uses the context is told.
  }
}

function identityWords(
  { crt, token, tokenFile }: NamedContext,
  certificate: CertificateFacts | undefined,
): string {
  if (crt !== undefined) return certificate?.subject ?? "a certificate that cannot be read";
  if (token !== undefined) return "token";
  return tokenFile === undefined ? "" : `token of ${tokenFile}`;
}

function rowJson(
  { context, isCurrent, certificate }: {
    readonly context: NamedContext;
    readonly isCurrent: boolean;
    readonly certificate: CertificateFacts | undefined;
  },
): JsonValue {
  const { name, endpoint, tokenFile } = context;
  return {
    name,
    current: isCurrent,
    endpoint,
    ...(certificate === undefined
      ? {}
      : { certificate: { subject: certificate.subject, expires: certificate.expires } }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
  };
}

/** Shows the whole file; secrets only with `--raw`. */
export async function viewConfig(session: Session, input: CommandInput): Promise<number> {
  const format = outputFormat(input, "yaml");
  const { book } = await readConfig(session);
  const secrets = input.options["raw"] === true ? "raw" : "redacted";
  const value = (): JsonValue => shown(book.data(), secrets);
  await printData(session.out, { format, value });
  return EXIT.done;
}

/** Data of YAML as JSON, with or without what opens doors. */
function shown(data: unknown, secrets: "raw" | "redacted", field = ""): JsonValue {
  if (Array.isArray(data)) return data.map((each) => shown(each, secrets, field));
  if (typeof data === "object" && data !== null) {
    const entries = Object.entries(data);
    return Object.fromEntries(entries.map(([name, value]) => [name, shown(value, secrets, name)]));
  }
  if (data === null || data === undefined) return null;
  if (secrets === "redacted" && SECRET_REGEXP.test(field)) return REDACTED;
  return typeof data === "number" || typeof data === "boolean" ? data : String(data);
}
