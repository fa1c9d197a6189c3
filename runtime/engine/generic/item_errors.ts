/** What went wrong with single items of a turn, gathered so that no item stops another. */
import { errorText } from "../error_text.ts";

export class ItemErrors {
  readonly #errors: unknown[] = [];

  /** Keeps what `act` throws. @returns Whether it threw nothing. */
  async guard(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      this.#errors.push(error);
      return false;
    }
  }

  /** @throws The one error there is, or all of them as one. */
  throwIfAny(): void {
    if (this.#errors.length === 0) return;
    if (this.#errors.length === 1) throw this.#errors[0];
    throw new AggregateError(this.#errors, this.#errors.map(errorText).join("; "));
  }
}
