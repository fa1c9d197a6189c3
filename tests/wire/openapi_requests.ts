/** Requests of an operation, made out of what the document says: the plain one, each option, and what is wrong. */
import { enveloped } from "./openapi_answer.ts";
import type { Operation } from "./openapi_reader.ts";
import { TOKEN } from "../fakes/api.ts";

/** A request in parts. */
export interface Draft {
  /** What differs from the plain request. */
  readonly name: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BodyInit | undefined;
  readonly transport: "unix" | "tcp";
  /** What it must come to; where it is absent, anything that is documented. */
  readonly statuses?: readonly number[] | "good";
}

/** Every request of an operation. */
export function drafts(operation: Operation): readonly Draft[] {
  const plain = plainDraft(operation);
  return [
    plain,
    ...options(operation, plain),
    ...wrong(operation, plain),
    ...callers(operation, plain),
  ];
}

/** With what must be given, by its examples. */
function plainDraft({ parameters, body }: Operation): Draft {
  const required = parameters.filter((each) => each.required);
  const given = (where: string) =>
    required.filter((each) => each.in === where).map(({ name, example }) =>
      [name, example] as const
    );
  return {
    name: "plain",
    path: Object.fromEntries(given("path")),
    query: given("query"),
    headers: {
      ...Object.fromEntries(given("header")),
      ...(body === undefined ? {} : { "content-type": body.mediaType }),
    },
    body: body === undefined ? undefined : bodyOf(body.mediaType, body.example),
    transport: "unix",
    statuses: "good",
  };
}

/** Each thing that may be given, alone, with a watch, and in each form of the answer. */
function options(operation: Operation, plain: Draft): readonly Draft[] {
  const { statuses: _, ...free } = plain;
  const found: Draft[] = [];
  const accepted = [undefined, ...operation.accepts];
  for (const accept of accepted) {
    const headers = accept === undefined ? plain.headers : { ...plain.headers, accept };
    found.push({ ...plain, name: `accept ${accept}`, headers });
    for (const parameter of operation.parameters.filter((each) => !each.required)) {
      const { name, example } = parameter;
      const named = `${name}=${example} accept ${accept}`;
      if (parameter.in === "header") {
        for (const value of [example, "*"]) {
          found.push({
            ...free,
            name: `${name}: ${value}`,
            headers: { ...headers, [name]: value },
          });
        }
        continue;
      }
      const alone = { ...free, headers, query: [...plain.query, [name, example] as const] };
      found.push({ ...alone, name: named });
      if (!operation.parameters.some((each) => each.name === "watch") || name === "watch") continue;
      const watched = [...alone.query, ["watch", ""] as const];
      found.push({ ...alone, name: `watch ${named}`, query: watched });
    }
  }
  return found;
}

/** What is malformed, missing or too much. */
function wrong(operation: Operation, plain: Draft): readonly Draft[] {
  const { statuses: _, ...free } = plain;
  const { parameters, body } = operation;
  const found: Draft[] = parameters.filter((each) => each.in === "header" && each.required)
    .map(({ name }) => ({
      ...free,
      name: `without ${name}`,
      headers: Object.fromEntries(Object.entries(plain.headers).filter(([key]) => key !== name)),
      statuses: [400, 428],
    }));
  for (const { name } of parameters.filter((each) => each.in === "path")) {
    const path = { ...plain.path, [name]: "%ff" };
    found.push({ ...free, name: `${name} is no UTF-8`, path, statuses: [400] });
    found.push({
      ...free,
      name: `${name} is absent`,
      path: { ...plain.path, [name]: "absent/?#" },
    });
  }
  for (const parameter of parameters.filter((each) => each.in === "query")) {
    const query = [...plain.query, [parameter.name, "\u0000=("] as const];
    found.push({ ...free, name: `${parameter.name} is wrong`, query });
  }
  if (body === undefined) return found;
  const isCall = operation.path.split("/").length === 3 && operation.path.includes(".");
  const typed = { ...plain.headers, "content-type": "text/plain" };
  found.push({ ...free, name: "another media type", headers: typed, statuses: [415] });
  for (const value of ["", "{", "[]", "null", '{"strange":1}', "\u00ff"]) {
    const statuses = isCall ? undefined : [400];
    const sent = { ...free, name: `body ${value}`, body: value };
    found.push(statuses === undefined ? sent : { ...sent, statuses });
  }
  return found;
}

/** Who calls, and from where. */
function callers(operation: Operation, plain: Draft): readonly Draft[] {
  const tcp: Draft = { ...plain, transport: "tcp" };
  const token = { authorization: `Bearer ${TOKEN}` };
  const withToken = { ...tcp, headers: { ...plain.headers, ...token } };
  if (operation.open) return [{ ...tcp, name: "a stranger" }];
  const { statuses: _, ...free } = withToken;
  return [
    { ...withToken, name: "by token" },
    { ...tcp, name: "a stranger", statuses: [401] },
    {
      ...tcp,
      name: "a wrong token",
      headers: { ...plain.headers, authorization: "Bearer x" },
      statuses: [401],
    },
    {
      ...free,
      name: "a wrong host",
      headers: { ...withToken.headers, host: "evil.example" },
      statuses: [403],
    },
    {
      ...free,
      name: "a parameter that means nothing",
      query: [...plain.query, ["strange", "1"]],
    },
  ];
}

function bodyOf(mediaType: string, example: unknown): BodyInit {
  return mediaType.includes("+json") && mediaType.includes("connect")
    ? enveloped(example)
    : JSON.stringify(example);
}

/** The request of a draft. */
export function requestOf({ path, method }: Operation, draft: Draft): Request {
  const named = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(draft.path[name] ?? ""));
  const query = new URLSearchParams(draft.query.map(([name, value]) => [name, value])).toString();
  const url = `http://localhost${named}${query === "" ? "" : `?${query}`}`;
  const body = draft.body === undefined || method === "GET" || method === "HEAD"
    ? {}
    : { body: draft.body };
  return new Request(url, { method, headers: draft.headers, ...body });
}

/** What is encoded already stays so. */
function encoded(part: string): string {
  return part.startsWith("%") ? part : encodeURIComponent(part);
}
