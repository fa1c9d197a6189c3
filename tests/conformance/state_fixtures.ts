/** Resources of the conformance cases, and a hand on a watch. */
import { newMetadata, withMetadata } from "../../runtime/core/metadata.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import type { Kind, Resource } from "../../runtime/core/resource.ts";
import type { LabelTerm, State, WatchEvent } from "../../runtime/core/state.ts";

/** Gives a state of its own to every case. The case disposes of it. */
export type OpenState = () => Promise<{ readonly state: State } & AsyncDisposable>;

/** What the parts of the suite are given: a name for the cases, and states. */
export interface Subject {
  readonly name: string;
  readonly open: OpenState;
  /** Who owns what is created without naming an owner; nobody unless given. */
  readonly owner?: string;
}

/** Declares a case of the suite. */
export function testCase(
  { name, open }: Subject,
  sentence: string,
  act: (state: State) => Promise<void>,
): void {
  Deno.test(`${name} ${sentence}`, async () => {
    await using opened = await open();
    await act(opened.state);
  });
}

export const PATHS: Kind = { namespace: "default", type: "os/path" };
export const STRINGS: Kind = { namespace: "default", type: "test/str" };

/** A resource without content. */
export function path(id: string, labels: Readonly<Record<string, string>> = {}): Resource {
  const metadata = newMetadata({ ...PATHS, id, labels });
  return Object.freeze({ metadata, spec: new OpaqueSpec(undefined, "") });
}

/** A resource whose content is a text. */
export function text(id: string, value: string): Resource {
  const spec = new OpaqueSpec(new TextEncoder().encode(value), "");
  return Object.freeze({ metadata: newMetadata({ ...STRINGS, id }), spec });
}

/** The content of {@linkcode text}. */
export function textOf(resource: Resource): string {
  if (!(resource.spec instanceof OpaqueSpec)) {
    throw new TypeError("Cannot read text: no opaque spec");
  }
  return new TextDecoder().decode(resource.spec.proto());
}

/** Sets one label. */
export function labelled(resource: Resource, key: string, value: string): Resource {
  return withMetadata(resource, { labels: { ...resource.metadata.labels, [key]: value } });
}

/** A plain term. */
export function term(
  key: string,
  operation: LabelTerm["operation"],
  ...values: readonly string[]
): LabelTerm {
  return { key, operation, values, invert: false };
}

/** A watch in the hands of a case; disposing of it ends the watch. */
export class Probe<Item> implements AsyncDisposable {
  readonly #iterator: AsyncIterator<Item>;

  constructor(items: AsyncIterable<Item>) {
    this.#iterator = items[Symbol.asyncIterator]();
  }

  /** Waits for the next item. @throws {Error} The watch ended. */
  async next(): Promise<Item> {
    const result = await this.#iterator.next();
    if (result.done) throw new Error("Cannot read an event: the watch has ended");
    return result.value;
  }

  /** Waits for that many items. */
  async take(count: number): Promise<Item[]> {
    const items: Item[] = [];
    while (items.length < count) items.push(await this.next());
    return items;
  }

  /** Whether the watch is over. Waits for its next item otherwise. */
  async done(): Promise<boolean> {
    return (await this.#iterator.next()).done === true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** One event at a time out of batches, none of which may be empty. */
export async function* flattened(
  batches: AsyncIterable<readonly WatchEvent[]>,
): AsyncGenerator<WatchEvent> {
  for await (const batch of batches) {
    if (batch.length === 0) throw new Error("Cannot take an empty batch: none may be sent");
    yield* batch;
  }
}

/** An event in short: `updated a@3 from 2 tearingDown`. */
export function brief(event: WatchEvent): string {
  if (event.event === "errored") return `errored ${event.error.failure.refusal}`;
  const { id, version, phase } = event.resource.metadata;
  const from = event.event === "updated" ? ` from ${event.old.metadata.version}` : "";
  const going = phase === "tearingDown" ? " tearingDown" : "";
  return `${event.event} ${id}@${version ?? "undefined"}${from}${going}`;
}
