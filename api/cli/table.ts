/**
 * Rows in columns that fit the terminal.
 *
 * Rows are held until {@linkcode Table.flush} or until there are {@linkcode ROWS_HELD_MAX}; the widths are then fixed by
 * what was held, and later rows are printed as they come. So a list is aligned, a watch is prompt, and neither can fill
 * the memory.
 */
import { displayWidth, fitWidth, padWidth } from "./display_width.ts";
import { escapeText } from "./escape.ts";
import type { Output } from "./output.ts";

/** Rows held to find the widths: a long list is aligned by its first screens, which is what people look at. */
const ROWS_HELD_MAX = 1000;

/** Columns a cell keeps however narrow the terminal is: fewer show nothing of it. */
const CELL_WIDTH_MIN = 6;

const GAP = "   ";

/** How a table is shown. */
export interface TableOptions {
  readonly columns: readonly string[];
  readonly headers?: "shown" | "hidden";
}

/** A table being printed. Cells are escaped here. */
export class Table {
  readonly #output: Output;
  readonly #columns: readonly string[];
  #held: (readonly string[])[] | undefined = [];
  #widths: readonly number[] = [];
  readonly #headers: boolean;

  constructor(output: Output, options: TableOptions) {
    this.#output = output;
    this.#columns = options.columns.map(escapeText);
    this.#headers = options.headers !== "hidden";
  }

  /** Adds a row; missing cells are empty. */
  async row(cells: readonly string[]): Promise<void> {
    const safe = this.#columns.map((_, index) => escapeText(cells[index] ?? ""));
    if (this.#held === undefined) return await this.#output.text(this.#line(safe));
    this.#held.push(safe);
    if (this.#held.length >= ROWS_HELD_MAX) await this.flush();
  }

  /** Prints what is held, the heading before it. Harmless when done before. */
  async flush(): Promise<void> {
    if (this.#held === undefined) return;
    const rows = this.#held;
    this.#held = undefined;
    const shown = this.#headers ? [this.#columns, ...rows] : rows;
    const natural = this.#columns.map((_, index) =>
      shown.reduce((widest, row) => Math.max(widest, displayWidth(row[index] ?? "")), 0)
    );
    this.#widths = fitColumns(natural, this.#output.width - GAP.length * (natural.length - 1));
    const heading = this.#headers ? this.#heading() : "";
    await this.#output.text(heading + rows.map((row) => this.#line(row)).join(""));
  }

  #heading(): string {
    return `${this.#output.heading(this.#line(this.#columns).trimEnd())}\n`;
  }

  #line(cells: readonly string[]): string {
    const fits = this.#output.width !== Infinity;
    const parts = cells.map((cell, index) => {
      const width = this.#widths[index] ?? 0;
      return padWidth(fits ? fitWidth(cell, width) : cell, width);
    });
    return `${parts.join(GAP).trimEnd()}\n`;
  }
}

/**
 * Widths whose sum is at most `available`: the widest columns give way first, all of them to the same width.
 *
 * Where even {@linkcode CELL_WIDTH_MIN} each is too much, the sum stays above `available`.
 */
export function fitColumns(natural: readonly number[], available: number): readonly number[] {
  const total = (limit: number): number =>
    natural.reduce((sum, width) => sum + Math.min(width, limit), 0);
  const widest = Math.max(0, ...natural);
  if (total(widest) <= available) return natural;
  let limit = CELL_WIDTH_MIN;
  while (limit < widest && total(limit + 1) <= available) limit++;
  // What is left over is less than one column for each of the cut ones.
  let spare = Math.max(0, available - total(limit));
  return natural.map((width) => width > limit && spare-- > 0 ? limit + 1 : Math.min(width, limit));
}
