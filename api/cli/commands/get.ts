/** `strata get`: resources, once or as they change. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import { type Definition, fetchDefinitions, resolveType } from "../definitions.ts";
import { parseSelector, type SelectorTerm } from "../label_selector.ts";
import type { Change } from "../resource_table.ts";
import { type OutputFormat, outputFormat } from "../output_format.ts";
import { type ResourcePrinter, resourcePrinter } from "../resource_printer.ts";
import type { Session } from "../session.ts";
import { specReader } from "../spec_reader.ts";
import type { Resource } from "../../../proto/gen/cosi/resource/resource_pb.ts";
import { type Event, EventType, State } from "../../../proto/gen/cosi/resource/state_pb.ts";
import { createClient, type Transport } from "@connectrpc/connect";

interface Target {
  readonly namespace: string;
  readonly type: string;
  readonly id: string | undefined;
  readonly terms: readonly SelectorTerm[] | undefined;
  readonly signal: AbortSignal;
}

/** Shows what was asked for. A watch ends by interruption, or with the machine. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const selector = optionText(input, "selector");
  const id = input.arguments["ID"];
  if (selector !== undefined && id !== undefined) {
    throw new CommandError(EXIT.usage, "cannot use --selector with an ID: give one of them");
  }
  const terms = selector === undefined ? undefined : parseSelector(selector);
  const format = outputFormat(input);
  const watch = input.options["watch"] === true;
  await session.withMachine(async (transport) => {
    const { signal } = session.world;
    const definitions = await fetchDefinitions(transport, { signal });
    const definition = resolveType(input.arguments["TYPE"] ?? "", definitions);
    const namespace = optionText(input, "namespace") ?? definition.namespace;
    const target = { namespace, type: definition.type, id, terms, signal };
    const shape = watch ? "changes" : id === undefined ? "list" : "one";
    const printer = await makePrinter(session, { input, definition, shape, format });
    if (watch) await follow(transport, { target, printer });
    else await show(transport, { target, printer });
  });
}

async function makePrinter(
  session: Session,
  wanted: {
    readonly input: CommandInput;
    readonly definition: Definition;
    readonly shape: "one" | "list" | "changes";
    readonly format: OutputFormat;
  },
): Promise<ResourcePrinter> {
  const { input, definition, shape, format } = wanted;
  return resourcePrinter(session.out, {
    format,
    definition,
    shape,
    reader: specReader(await session.world.knownTypes()),
    headers: input.options["no-headers"] === true ? "hidden" : "shown",
  });
}

async function show(
  transport: Transport,
  work: { readonly target: Target; readonly printer: ResourcePrinter },
): Promise<void> {
  const { target, printer } = work;
  const { namespace, type, id, terms, signal } = target;
  const state = createClient(State, transport);
  if (id !== undefined) {
    const { resource } = await state.get({ namespace, type, id, options: {} }, { signal });
    await printer.item(present(resource));
  } else {
    const request = { namespace, type, options: labelOptions(terms) };
    for await (const { resource } of state.list(request, { signal })) {
      await printer.item(present(resource));
    }
  }
  await printer.end();
}

async function follow(
  transport: Transport,
  work: { readonly target: Target; readonly printer: ResourcePrinter },
): Promise<void> {
  const { target, printer } = work;
  const { namespace, type, id, terms, signal } = target;
  const request = {
    namespace,
    type,
    apiVersion: 1,
    ...(id === undefined
      ? { options: { ...labelOptions(terms), bootstrapContents: true } }
      : { id, options: {} }),
  };
  for await (const { event } of createClient(State, transport).watch(request, { signal })) {
    for (const each of event) await showEvent(printer, each);
    // A watch of one has no end of its beginning: what there is, is the first event.
    if (id !== undefined && event.length > 0) await printer.settled();
  }
  throw new CommandError(EXIT.unreachable, "the machine ended the watch");
}

async function showEvent(printer: ResourcePrinter, event: Event): Promise<void> {
  switch (event.eventType) {
    case EventType.BOOTSTRAPPED:
      return await printer.settled();
    case EventType.ERRORED:
      throw new CommandError(EXIT.failed, `the watch is over: ${event.error ?? "no reason given"}`);
    case EventType.NOOP:
      return;
    default: {
      const change = CHANGES.get(event.eventType);
      if (change !== undefined) await printer.change(change, present(event.resource), event.old);
    }
  }
}

const CHANGES: ReadonlyMap<EventType, Change> = new Map<EventType, Change>([
  [EventType.CREATED, "created"],
  [EventType.UPDATED, "updated"],
  [EventType.DESTROYED, "destroyed"],
]);

function labelOptions(
  terms: readonly SelectorTerm[] | undefined,
): { labelQuery?: { terms: SelectorTerm[] }[] } {
  return terms === undefined ? {} : { labelQuery: [{ terms: [...terms] }] };
}

function present(resource: Resource | undefined): Resource {
  if (resource?.metadata !== undefined) return resource;
  throw new CommandError(EXIT.failed, "the machine answered a resource without metadata");
}
