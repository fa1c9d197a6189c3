/** A connection, as the budget sees it. */
export interface Holder {
  /** Bytes of bodies that it has waiting. */
  readonly buffered: number;
  /** Ends it, and with it what it holds. */
  expel(): void;
}

/** The bytes of bodies that all connections of a listener together may have waiting. */
export class BufferBudget {
  readonly #bytesMax: number;
  readonly #holders = new Set<Holder>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes `bytes` more, fewer if below zero. Beyond the bound who holds most is expelled. */
  change(holder: Holder, bytes: number): void {
    this.#bytes += bytes;
    if (bytes > 0) this.#holders.add(holder);
    else if (holder.buffered === 0) this.#holders.delete(holder);
    if (bytes > 0 && this.#bytes > this.#bytesMax) this.#heaviest()?.expel();
  }

  #heaviest(): Holder | undefined {
    let found: Holder | undefined;
    for (const holder of this.#holders) {
      if (found === undefined || holder.buffered > found.buffered) found = holder;
    }
    return found;
  }
}
