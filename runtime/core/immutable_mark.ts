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
  readonly #kind: MarkKind;

  constructor(object: object, kind: MarkKind) {
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

/** What an object was found to be: valid metadata, or any other immutable thing. */
export type MarkKind = "metadata" | "value";

/** Marks an object whose parts are immutable, and which is about to be frozen. Frozen already: leaves it as it is. */
export function mark(object: object, kind: MarkKind = "value"): void {
  if (Object.isExtensible(object) && !Marked.has(object)) new Marked(object, kind);
}

/** As {@linkcode mark}, of an object that was just made here and that nobody else saw. */
export function markNew(object: object, kind: MarkKind): void {
  new Marked(object, kind);
}

/** Whether it was marked as valid metadata. */
export function isMarkedMetadata(object: object): boolean {
  return Marked.kindOf(object) === "metadata";
}

/** Whether {@linkcode mark} was called with it. */
export function isMarked(object: object): boolean {
  return Marked.has(object);
}
