/** One watch for each kind that any controller has for input. */
import type { Kind, Metadata } from "../core/resource.ts";
import type { AnyInput } from "./access.ts";
import { errorText } from "./error_text.ts";
import type { KindCaches } from "./kind_caches.ts";
import { KindWatch, type KindWatchOptions } from "./kind_watch.ts";
import { kindKey } from "./pointer_key.ts";

export class KindWatches {
  readonly #options: KindWatchOptions;
  readonly #caches: KindCaches;
  readonly #watches = new Map<string, KindWatch>();
  readonly #ended = new Set<Promise<void>>();

  constructor(options: KindWatchOptions, caches: KindCaches) {
    this.#options = options;
    this.#caches = caches;
    for (const kind of caches.kinds) this.#ensure(kind, { followed: true });
  }

  /**
   * Resolves once every change of the inputs from now on will be told. Waits without limit while a watch cannot be
   * opened.
   *
   * @throws The signal's reason.
   */
  async open(inputs: readonly AnyInput[]): Promise<void> {
    const watches = inputs.map((input) =>
      this.#ensure(input, { followed: followsContents(input) })
    );
    await Promise.all(watches.map(({ opened }) => opened));
  }

  /**
   * As {@linkcode KindWatches.open}, but a watch of a new kind is tried once. One that was there before, and fails just
   * now, is not waited for.
   *
   * @throws {Error} `error watching resources: …`. Then new kinds that `isWanted` denies are not watched any more.
   */
  async openNew(inputs: readonly AnyInput[], isWanted: (kind: Kind) => boolean): Promise<void> {
    const added = inputs.filter((input) => !this.#watches.has(kindKey(input)));
    for (const input of inputs) this.#ensure(input, { followed: followsContents(input) });
    try {
      await Promise.all(added.map((input) => this.#watches.get(kindKey(input))?.attempted));
    } catch (error) {
      for (const kind of added) if (!isWanted(kind)) this.#forget(kind);
      throw new Error(`error watching resources: ${errorText(error)}`, { cause: error });
    }
  }

  /** Resolves to what there is of an input that is watched with its contents. @throws The signal's reason. */
  async listed(input: AnyInput): Promise<readonly Metadata[]> {
    const listed = await this.#ensure(input, { followed: true }).listed;
    return input.id === undefined ? listed : listed.filter(({ id }) => id === input.id);
  }

  /** Resolves when all watches ended, which they do when the signal aborts. */
  async ended(): Promise<void> {
    await Promise.all(this.#ended);
  }

  #ensure(kind: Kind, { followed }: { readonly followed: boolean }): KindWatch {
    const key = kindKey(kind);
    const known = this.#watches.get(key);
    if (known !== undefined) {
      if (followed) known.followContents();
      return known;
    }
    const cache = this.#caches.find(kind);
    const watch = new KindWatch(kind, this.#options, { cache, followed });
    this.#watches.set(key, watch);
    const ended = watch.ended.finally(() => this.#ended.delete(ended));
    this.#ended.add(ended);
    return watch;
  }

  #forget(kind: Kind): void {
    this.#watches.get(kindKey(kind))?.stop();
    this.#watches.delete(kindKey(kind));
  }
}

/** Queue controllers must learn of resources that vanish while events are lost. */
function followsContents({ kind }: AnyInput): boolean {
  return kind.startsWith("q-");
}
