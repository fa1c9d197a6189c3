/**
 * A mark on objects that were found to be immutable through and through, so that nobody looks again.
 *
 * It is a private field, which only this file can set or see, and which costs less than the freezing it follows.
 */

class Bare {
  constructor(object: object) {
    // What a base class returns gets the fields of the derived one.
    return object;
  }
}

class Marked extends Bare {
  readonly #kind: MarkKind | undefined;

  constructor(object: object, kind?: MarkKind) {
    super(object);
    this.#kind = kind;
  }

  static has(object: object): boolean {
    return #kind in object;
  }

  static kindOf(object: object): MarkKind | undefined {
    return #kind in object ? object.#kind : undefined;
  }
}

/** What an object was found to be, besides immutable: metadata, a part of it, or a cause; each valid. */
export type MarkKind = "metadata" | "finalizers" | "entries" | "time" | "cause";

/**
 * Marks an object that has no mark, whose parts are immutable, and which is about to be frozen. Frozen already: leaves
 * it as it is.
 */
export function mark(object: object): void {
  if (Object.isExtensible(object)) new Marked(object);
}

/** Marks as what it is, and freezes, an object that was just made here and that nobody else saw. */
export function frozenAs<T extends object>(kind: MarkKind, object: T): Readonly<T> {
  new Marked(object, kind);
  return Object.freeze(object);
}

/** Whether it was marked as that. */
export function isMarkedAs(kind: MarkKind, object: object): boolean {
  return Marked.kindOf(object) === kind;
}

/** Whether {@linkcode mark} was called with it. */
export function isMarked(object: object): boolean {
  return Marked.has(object);
}
