/** Clients that make one call for each command: what the calls are, and what is read from what the command says. */
import { type Client, socketOf } from "./client_programs.ts";

/** One call; those that read a stream are ended once the messages are there. */
const CALL_MS_MAX = 20_000;

const TYPE = "Items.judges.strata.dev";
const ID = "first";

/** What a command says, and how it is called. */
export interface CommandForm {
  /** The words that call `method` of the state. */
  words(socket: string, method: string, body: string): readonly string[];
  /** What the command reads. */
  input?(method: string, body: string): Uint8Array<ArrayBuffer>;
  /** Messages that are complete in what it wrote so far. */
  messages(written: Uint8Array, method: string): readonly unknown[];
  /** The code in what it said of a failure, as `NotFound`. */
  code(said: string): string | undefined;
  /** What its own way to ask for services finds. */
  reflection?(socket: string): Promise<string>;
}

/** What is read of any message. */
interface Message {
  readonly resource?: {
    readonly metadata?: { readonly id?: string; readonly version?: string };
    readonly spec?: { readonly yamlSpec?: string };
  };
  readonly event?: readonly { readonly eventType?: string }[];
}

interface Call {
  readonly method: string;
  readonly body: (namespace: string) => unknown;
  /** Messages to wait for. */
  readonly count: number;
  readonly outcome: (messages: readonly Message[]) => string;
}

function item(namespace: string, version: string, yamlSpec: string): unknown {
  const metadata = { namespace, type: TYPE, id: ID, version, phase: "running" };
  return { metadata, spec: { yamlSpec } };
}

function versionOf([message]: readonly Message[]): string {
  return `version ${message?.resource?.metadata?.version}`;
}

const CALLS: Readonly<Record<string, Call>> = {
  "Create": {
    method: "Create",
    body: (namespace) => ({ resource: item(namespace, "undefined", "before"), options: {} }),
    count: 1,
    outcome: versionOf,
  },
  "Get": {
    method: "Get",
    body: (namespace) => ({ namespace, type: TYPE, id: ID }),
    count: 1,
    outcome: ([message]) => `${message?.resource?.spec?.yamlSpec}`,
  },
  "Get refused": {
    method: "Get",
    body: (namespace) => ({ namespace, type: TYPE, id: "absent" }),
    count: 1,
    outcome: () => "answered",
  },
  "List": {
    method: "List",
    body: (namespace) => ({ namespace, type: TYPE }),
    count: 1,
    outcome: ([message]) => `${message?.resource?.metadata?.id}`,
  },
  "Watch": {
    method: "Watch",
    body: (namespace) => ({
      namespace,
      type: TYPE,
      options: { bootstrapContents: true },
      apiVersion: 1,
    }),
    // What a watch that begins with the contents says first: that it stands, the one resource, that this was all.
    count: 3,
    outcome: (messages) => messages.map(eventOf).join(" "),
  },
  "Update": {
    method: "Update",
    body: (namespace) => ({ newResource: item(namespace, "1", "after"), options: {} }),
    count: 1,
    outcome: versionOf,
  },
};

/** JSON leaves out CREATED, which is 0. */
function eventOf({ event = [] }: Message): string {
  const [first] = event;
  return first === undefined ? "ready" : first.eventType ?? "CREATED";
}

/** A client that makes each call by a command of this form. */
export function commandClient(form: CommandForm): Client {
  return async (place, namespace) => {
    const socket = socketOf(place);
    const outcomes: Record<string, string> = {};
    for (const [name, call] of Object.entries(CALLS)) {
      outcomes[name] = await made(form, call, { socket, namespace });
    }
    if (form.reflection !== undefined) outcomes["Reflection"] = await form.reflection(socket);
    return outcomes;
  };
}

async function made(
  form: CommandForm,
  { method, body, count, outcome }: Call,
  { socket, namespace }: { readonly socket: string; readonly namespace: string },
): Promise<string> {
  const text = JSON.stringify(body(namespace));
  const [program = "", ...args] = form.words(socket, method, text);
  const signal = AbortSignal.timeout(CALL_MS_MAX);
  const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const process = new Deno.Command(program, { args, signal, ...pipes }).spawn();
  const writer = process.stdin.getWriter();
  const input = form.input?.(method, text);
  if (input !== undefined) await writer.write(input);
  await writer.close();
  const said = new Response(process.stderr).text();
  let written = new Uint8Array(0);
  let messages: readonly unknown[] = [];
  for await (const piece of process.stdout) {
    written = Uint8Array.from([...written, ...piece]);
    messages = form.messages(written, method);
    if (messages.length >= count) break; // Which closes the pipe.
  }
  // Who is merely asked to end says so as a failure.
  if (messages.length >= count && method === "Watch") process.kill("SIGKILL");
  await process.status;
  const code = form.code(`${new TextDecoder().decode(written)}\n${await said}`);
  if (messages.length >= count && code === undefined) return outcome(messages as Message[]);
  return code ?? `${messages.length} messages and ${await said}`;
}

/** JSON objects that follow each other, as many as are complete. */
export function jsonObjects(text: string): readonly unknown[] {
  const found: unknown[] = [];
  let [depth, start] = [0, 0];
  // A string, or a brace outside of any.
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === "{" && depth++ === 0) start = index;
    if (token === "}" && --depth === 0) found.push(JSON.parse(text.slice(start, index + 1)));
  }
  return found;
}
