/** Places of those who read something of the machine at length, so that one caller cannot take those of all others. */
import { MachineError } from "../api/machine_port.ts";

/** What is read, and by how many at once. */
export interface ReaderBounds {
  /** As an error names it. */
  readonly what: string;
  readonly total: number;
  /** Of callers at one address. */
  readonly perClient: number;
}

export class ReaderPlaces {
  readonly #bounds: ReaderBounds;
  readonly #byClient = new Map<string, number>();
  #taken = 0;

  constructor(bounds: ReaderBounds) {
    this.#bounds = bounds;
  }

  /** Places taken. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes a place, which disposing of it gives back; twice is once.
   *
   * @param client Undefined of callers on the machine itself, which have no bound of their own.
   * @throws {MachineError} `exhausted`.
   */
  take(client: string | undefined): Disposable {
    const { what, total, perClient } = this.#bounds;
    if (this.#taken >= total) {
      throw exhausted(`Cannot read ${what}: ${this.#taken} read it already, and may`);
    }
    const held = client === undefined ? 0 : this.#byClient.get(client) ?? 0;
    if (held >= perClient) {
      const words = `${client} has ${held} readers already, and may have ${perClient}`;
      throw exhausted(`Cannot read ${what}: ${words}`);
    }
    this.#change(client, 1);
    const place = new DisposableStack();
    place.defer(() => this.#change(client, -1));
    return place;
  }

  #change(client: string | undefined, by: 1 | -1): void {
    this.#taken += by;
    if (client === undefined) return;
    const held = (this.#byClient.get(client) ?? 0) + by;
    if (held === 0) this.#byClient.delete(client);
    else this.#byClient.set(client, held);
  }
}

function exhausted(detail: string): MachineError {
  return new MachineError("exhausted", detail);
}
