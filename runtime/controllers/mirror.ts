/** A controller that makes the resources of one kind say what a source says, and nothing else. */
import type { ResourceDefinition } from "../core/definition.ts";
import type { Log } from "../core/ports.ts";
import type { Version } from "../core/resource.ts";
import type { SpecInit } from "../core/spec_init.ts";
import type { Controller, ControllerContext } from "../engine/controller.ts";
import { retire } from "./retirement.ts";

/** Something observed, as specs by id. */
export interface Source<Definition extends ResourceDefinition> {
  /**
   * What there is now. Ids not in it are destroyed. What cannot be found out, and is left out, goes to `log`.
   *
   * A spec that is the same object as before is taken for unchanged: it is not looked at again.
   */
  read(log?: Log): ReadonlyMap<string, SpecInit<Definition>>;
  /** Calls `changed` after each change until `signal` aborts; missed calls are made up by the next one. */
  follow(changed: () => void, signal: AbortSignal): void;
}

/** What is mirrored, by whom. */
export interface Mirror<Definition extends ResourceDefinition> {
  /** Name of the controller. */
  readonly name: string;
  readonly definition: Definition;
  readonly source: Source<Definition>;
}

/** Keeps the resources of `definition` in its own namespace as `source` says. */
export function mirrorController<Definition extends ResourceDefinition>(
  mirror: Mirror<Definition>,
): Controller {
  const { name, definition, source } = mirror;
  return {
    name,
    // Somebody may hold by a finalizer what the source does not name any more.
    inputs: [{ namespace: definition.namespace, type: definition.type, kind: "destroy-ready" }],
    outputs: [{ type: definition.type, kind: "exclusive" }],
    async run(context: ControllerContext): Promise<void> {
      // A run of its own: one that throws and runs again must not be followed twice.
      const run = new AbortController();
      const told: Told<Definition> = new Map();
      source.follow(() => context.queueReconcile(), run.signal);
      try {
        for await (const _ of context.reconciles()) {
          await reflect(context, { definition, wanted: source.read(context.log), told });
          context.resetRestartBackoff();
        }
      } finally {
        run.abort();
      }
    },
  };
}

/** What was written last, by id: the spec as the source had it, and the version that it became. */
type Told<Definition extends ResourceDefinition> = Map<
  string,
  { readonly init: SpecInit<Definition>; readonly version: Version }
>;

/** Writes what differs and destroys what is no more. */
async function reflect<Definition extends ResourceDefinition>(
  context: ControllerContext,
  { definition, wanted, told }: {
    readonly definition: Definition;
    readonly wanted: ReadonlyMap<string, SpecInit<Definition>>;
    readonly told: Told<Definition>;
  },
): Promise<void> {
  const present = await context.list(definition);
  const versions = new Map(present.map(({ metadata }) => [metadata.id, metadata.version]));
  const held = new Set<string>();
  for (const { metadata } of present) {
    if (wanted.has(metadata.id) && metadata.phase === "running") continue;
    if (!await retire(context, metadata)) held.add(metadata.id);
  }
  for (const [id, init] of wanted) {
    if (held.has(id)) continue; // Made anew when the old one is gone.
    const last = told.get(id);
    if (last?.init === init && last.version === versions.get(id)) continue;
    const next = definition.newResource(id, init);
    const { metadata } = await context.modify(next, (current) => ({ ...current, spec: next.spec }));
    told.set(id, { init, version: metadata.version });
  }
  for (const id of told.keys()) if (!wanted.has(id)) told.delete(id);
}
