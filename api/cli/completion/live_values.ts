/** Words of the machine, of the file of contexts and of the types that this process knows. */
import type { Completes } from "../command_spec.ts";
import type { Session } from "../session.ts";
import type { LiveValues, Offered } from "./offer.ts";
import type { TypedWords } from "./typed_words.ts";
import type { Definition } from "../definitions.ts";
import type { MachineService as MachineDescriptor } from "../../../proto/gen/machine/machine_pb.ts";
import type { Client, Transport } from "@connectrpc/connect";

/** Words taken of one kind: more are of no help, and a machine may have any number. */
const VALUES_MAX = 1000;

/** What is asked for, with the machine to ask. */
interface Asked {
  readonly session: Session;
  readonly typed: TypedWords;
  readonly current: string;
}

type Source = (asked: Asked) => Promise<readonly Offered[]>;

const SOURCES: Readonly<Record<Exclude<Completes, "file">, Source>> = {
  "type": typeNames,
  "id": ids,
  "namespace": namespaces,
  "context": contexts,
  "controller": controllers,
  "service": services,
  "log": logs,
  "field path": fieldPaths,
  "machine path": machinePaths,
};

/** Words for the word at the cursor. Throws what a call ends with. */
export function liveValues(session: Session): LiveValues {
  return async (typed, current) => {
    const { slot } = typed;
    const spec = slot.kind === "argument"
      ? slot.argument
      : slot.kind === "value"
      ? slot.option
      : undefined;
    const { completes } = spec ?? {};
    if (completes === undefined || completes === "file") return [];
    return await SOURCES[completes]({ session, typed, current });
  };
}

async function ask<T>({ session }: Asked, use: (transport: Transport) => Promise<T>): Promise<T> {
  return await session.withMachine(use);
}

async function definitionsOf(asked: Asked, transport: Transport): Promise<readonly Definition[]> {
  const { fetchDefinitions } = await import("../definitions.ts");
  return await fetchDefinitions(transport, { signal: asked.session.world.signal });
}

/** One name each where nothing is typed, else every name. */
async function typeNames(asked: Asked): Promise<readonly Offered[]> {
  const definitions = await ask(asked, (transport) => definitionsOf(asked, transport));
  return namesOf(definitions, asked.current);
}

function namesOf(
  definitions: readonly Pick<Definition, "type" | "aliases" | "allAliases">[],
  current: string,
): readonly Offered[] {
  return definitions.flatMap(({ type, aliases, allAliases }) => {
    const names = current === "" ? [aliases[0] ?? type] : [...aliases, ...allAliases, type];
    return names.map((value) => ({ value, about: type }));
  });
}

async function ids(asked: Asked): Promise<readonly Offered[]> {
  const { typed, session: { world: { signal } } } = asked;
  const [name = ""] = typed.arguments;
  const given = typed.options.get("namespace");
  return await ask(asked, async (transport) => {
    const { resolveType } = await import("../definitions.ts");
    const { type, namespace } = resolveType(name, await definitionsOf(asked, transport));
    const kind = { namespace: typeof given === "string" ? given : namespace, type };
    return await listed(transport, { kind, signal });
  });
}

async function listed(
  transport: Transport,
  { kind, signal }: {
    readonly kind: { readonly namespace: string; readonly type: string };
    readonly signal: AbortSignal;
  },
): Promise<readonly Offered[]> {
  const { State } = await import("../../../proto/gen/cosi/resource/state_pb.ts");
  const { createClient } = await import("@connectrpc/connect");
  const found: Offered[] = [];
  const request = { ...kind, options: {} };
  for await (const { resource } of createClient(State, transport).list(request, { signal })) {
    const { id = "" } = resource?.metadata ?? {};
    if (id !== "") found.push({ value: id, about: "" });
    if (found.length === VALUES_MAX) break;
  }
  return found;
}

async function namespaces(asked: Asked): Promise<readonly Offered[]> {
  const { signal } = asked.session.world;
  const kind = { namespace: "meta", type: "Namespaces.meta.cosi.dev" };
  return await ask(asked, (transport) => listed(transport, { kind, signal }));
}

async function contexts({ session }: Asked): Promise<readonly Offered[]> {
  const { readConfig } = await import("../config/config_file.ts");
  const { book } = await readConfig(session);
  return book.contexts.map(({ name, endpoint }) => ({ value: name, about: endpoint }));
}

async function controllers(asked: Asked): Promise<readonly Offered[]> {
  const { GraphService } = await import("../../../proto/gen/strata/runtime/v1/graph_pb.ts");
  const { createClient } = await import("@connectrpc/connect");
  const { signal } = asked.session.world;
  const graph = await ask(
    asked,
    (transport) => createClient(GraphService, transport).graph({}, { signal }),
  );
  return graph.controllers.map(({ name }) => ({ value: name, about: "" }));
}

async function services(asked: Asked): Promise<readonly Offered[]> {
  const { messages } = await askMachine(asked, (client, call) => client.serviceList({}, call));
  const found = messages.flatMap((message) => message.services);
  return found.slice(0, VALUES_MAX).map(({ id, state }) => ({ value: id, about: state }));
}

async function logs(asked: Asked): Promise<readonly Offered[]> {
  const { messages } = await askMachine(asked, (client, call) => client.logsContainers({}, call));
  const found = messages.flatMap((message) => message.ids);
  return found.slice(0, VALUES_MAX).map((value) => ({ value, about: "" }));
}

async function askMachine<T>(
  asked: Asked,
  use: (
    client: Client<typeof MachineDescriptor>,
    call: { readonly signal: AbortSignal },
  ) => Promise<T>,
): Promise<T> {
  const { MachineService } = await import("../../../proto/gen/machine/machine_pb.ts");
  const { createClient } = await import("@connectrpc/connect");
  const { signal } = asked.session.world;
  return await ask(asked, (transport) => use(createClient(MachineService, transport), { signal }));
}

/** From the types of this process: no machine is asked. */
async function fieldPaths({ session, current }: Asked): Promise<readonly Offered[]> {
  const types = await session.world.knownTypes();
  const { namedType, placeOf, fieldTypeText, below } = await import("../explain/field_path.ts");
  const names = namesOf(types.all(), current);
  const dot = current.lastIndexOf(".");
  const before = current.slice(0, dot + 1);
  const named = dot < 0 ? undefined : namedType(before, types);
  if (named === undefined) return names;
  const { message } = placeOf(named);
  const fields = (message?.fields ?? []).map((field) => ({
    value: `${before}${field.jsonName}${below(field) === undefined ? "" : "."}`,
    about: fieldTypeText(field),
  }));
  return [...fields, ...names];
}

async function machinePaths(asked: Asked): Promise<readonly Offered[]> {
  const { current, session: { world: { signal } } } = asked;
  const folder = current.slice(0, current.lastIndexOf("/") + 1);
  if (folder === "") return [{ value: "/", about: "" }];
  const { MachineService } = await import("../../../proto/gen/machine/machine_pb.ts");
  const { createClient } = await import("@connectrpc/connect");
  return await ask(asked, async (transport) => {
    const found: Offered[] = [];
    const entries = createClient(MachineService, transport).list({ root: folder }, { signal });
    for await (const { relativeName, isDir, error } of entries) {
      if (relativeName === "." || error !== "") continue;
      found.push({ value: `${folder}${relativeName}${isDir ? "/" : ""}`, about: "" });
      if (found.length === VALUES_MAX) break;
    }
    return found;
  });
}
