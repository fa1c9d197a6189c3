/** The RPCs in docs/api.md: services with their methods, then every message and enumeration they speak of. */
import type { DescEnum, DescField, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { rpcExample } from "../../api/openapi/rpc_examples.ts";
import { rpcGetLine, rpcLine } from "./curl_line.ts";
import { COMMENTS } from "../../proto/gen/comments.ts";

/** Who may call a method, in words; absent where nothing is judged. */
export type RolesOf = (method: DescMethod) => string;

/** Messages whose JSON form is a text of its own. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  "google.protobuf.Timestamp": "time, RFC 3339 text",
  "google.protobuf.Duration": "duration, text such as `1.5s`",
  "google.protobuf.Any": "any message, with its type URL as `@type`",
};

/** Renders `services`. @throws {Error} A comment is missing in the .proto files. */
export function rpcPages(services: readonly DescService[], roles?: RolesOf): string {
  const spoken = new Spoken();
  const pages = services.map((service) => servicePage(service, spoken, roles));
  return [
    ...pages,
    "## Messages",
    "A field that is not set is left out of JSON. 64-bit integers are texts, bytes are base64.",
    ...spoken.sections(),
  ].join("\n\n");
}

function servicePage(service: DescService, spoken: Spoken, roles?: RolesOf): string {
  const parts = service.methods.map((method) => methodPage(method, spoken, roles));
  return [`## ${service.typeName}`, commentOf(service.typeName), ...parts].join("\n\n");
}

const KINDS: Readonly<Record<DescMethod["methodKind"], string>> = {
  unary: "One message, one answer.",
  server_streaming: "One message, a stream of answers.",
  client_streaming: "A stream of messages, one answer.",
  bidi_streaming: "A stream of messages, a stream of answers.",
};

function methodPage(method: DescMethod, spoken: Spoken, roles?: RolesOf): string {
  const example = rpcExample(method);
  const get = rpcGetLine(method, example);
  const lines = [rpcLine(method, example), ...(get === undefined ? [] : [get])];
  return [
    `### ${method.parent.typeName}/${method.name}`,
    commentOf(`${method.parent.typeName}.${method.name}`),
    KINDS[method.methodKind] + (roles === undefined ? "" : ` For ${roles(method)}.`),
    `Request: ${spoken.message(method.input)}. Answer: ${spoken.message(method.output)}.`,
    `\`\`\`sh\n${lines.join("\n")}\n\`\`\``,
  ].join("\n\n");
}

/** What was spoken of, each told once. */
class Spoken {
  readonly #sections = new Map<string, string>();

  /** A link to a message, which is told with all it holds. */
  message(desc: DescMessage): string {
    const own = WELL_KNOWN[desc.typeName];
    if (own !== undefined) return own;
    if (desc.typeName === "google.protobuf.Empty") return "`{}`";
    this.#tell(desc.typeName, () => {
      const rows = desc.fields.map((field) =>
        `| \`${field.jsonName}\` | ${this.#type(field)} | ${
          cell(commentOf(`${desc.typeName}.${field.name}`))
        } |`
      );
      const table = rows.length === 0
        ? "It has no fields."
        : ["| Field | Type | Meaning |", "| --- | --- | --- |", ...rows].join("\n");
      return `${commentOf(desc.typeName)}\n\n${table}`;
    });
    return link(desc.typeName);
  }

  /** In the order of their names. */
  sections(): readonly string[] {
    return [...this.#sections].sort(([a], [b]) => a < b ? -1 : 1)
      .map(([name, text]) => `### ${name}\n\n${text}`);
  }

  #enum(desc: DescEnum): string {
    this.#tell(desc.typeName, () => {
      const rows = desc.values.map((value) =>
        `| \`${value.name}\` | ${value.number} | ${
          cell(commentOf(`${desc.typeName}.${value.name}`))
        } |`
      );
      const table = ["| Value | Number | Meaning |", "| --- | --- | --- |", ...rows].join("\n");
      return `${commentOf(desc.typeName)}\n\n${table}`;
    });
    return link(desc.typeName);
  }

  #type(field: DescField): string {
    const { message, enum: values, scalar } = field;
    const one = message !== undefined
      ? this.message(message)
      : values !== undefined
      ? this.#enum(values)
      : ScalarType[scalar].toLowerCase();
    if (field.fieldKind === "list") return `list of ${one}`;
    return field.fieldKind === "map" ? `map of text to ${one}` : one;
  }

  #tell(name: string, render: () => string): void {
    if (this.#sections.has(name)) return;
    this.#sections.set(name, ""); // It may hold itself.
    this.#sections.set(name, render());
  }
}

function commentOf(name: string): string {
  const found = COMMENTS[name];
  if (found !== undefined) return found;
  throw new Error(`Cannot find a comment of ${name}: write one above it in its .proto file`);
}

function link(name: string): string {
  return `[${name}](#${name.toLowerCase().replaceAll(".", "")})`;
}

/** A comment in one line of a table. */
export function cell(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
}
