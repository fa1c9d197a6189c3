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
  readonly #immutable = true;

  static has(object: object): boolean {
    return #immutable in object;
  }
}

/** Marks an object whose parts are immutable, and which is about to be frozen. Frozen already: leaves it as it is. */
export function mark(object: object): void {
  if (Object.isExtensible(object) && !Marked.has(object)) new Marked(object);
}

/** Whether {@linkcode mark} was called with it. */
export function isMarked(object: object): boolean {
  return Marked.has(object);
}
